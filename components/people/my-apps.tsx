import { ActionForm } from "@/components/shared/action-form";
import { EmptyState } from "@/components/shared/empty-state";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { revokeOwnGrantAction } from "@/lib/oauth/actions";
import type { GrantRow } from "@/lib/oauth/grant-rows";
import { AppName } from "./app-name";

/** Apps that the person let into portals. */
export function MyApps({ grants }: { grants: GrantRow[] }) {
  if (grants.length === 0) return <EmptyState title="No apps yet" description="An AI client that you connect to a portal appears here." />;
  return (
    <ul className="divide-y rounded-lg border bg-card">
      {grants.map((grant) => (
        <li key={grant.id} className="flex flex-wrap items-center gap-3 px-4 py-3 text-table">
          <div className="min-w-0 flex-1 basis-56">
            <AppName app={grant} />
            <p className="text-muted-foreground">
              {grant.orgName} / {grant.portalName} · used <Time value={grant.lastUsedAt} /> · since <Time value={grant.createdAt} />
              {grant.serversOff > 0 && ` · ${grant.serversOff} ${grant.serversOff === 1 ? "server" : "servers"} off`}
            </p>
          </div>
          <ActionForm action={revokeOwnGrantAction} hidden={{ grantId: grant.id }}>
            <SubmitButton variant="secondary" size="sm">
              Sign out
            </SubmitButton>
          </ActionForm>
        </li>
      ))}
    </ul>
  );
}
