import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Badge } from "@/components/ui/badge";
import { revokeOtherSessionsAction, revokeSessionAction } from "@/lib/people/actions";
import type { MySession } from "@/lib/people/queries";
import { browserWords } from "./browser-words";

export function MySessions({ sessions }: { sessions: MySession[] }) {
  return (
    <div className="flex flex-col gap-3">
      <ul className="divide-y rounded-lg border bg-card">
        {sessions.map((session) => (
          <li key={session.id} className="flex flex-wrap items-center gap-3 px-4 py-3 text-table">
            <div className="min-w-0 flex-1 basis-56">
              <p className="wrap-anywhere font-medium" title={session.userAgent}>
                <UntrustedText text={browserWords(session.userAgent)} max={200} />
              </p>
              <p className="text-muted-foreground">
                {session.ip || "unknown address"} · seen <Time value={session.lastSeenAt} /> · since <Time value={session.createdAt} />
              </p>
            </div>
            {session.isThis ? (
              <Badge>This session</Badge>
            ) : (
              <ActionForm action={revokeSessionAction} hidden={{ session: session.id }}>
                <SubmitButton variant="secondary" size="sm">
                  End
                </SubmitButton>
              </ActionForm>
            )}
          </li>
        ))}
      </ul>
      {sessions.length > 1 && (
        <ActionForm action={revokeOtherSessionsAction} className="items-start">
          <SubmitButton variant="secondary">End all other sessions</SubmitButton>
        </ActionForm>
      )}
    </div>
  );
}
