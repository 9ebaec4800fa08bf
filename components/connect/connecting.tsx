import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Alert } from "@/components/ui/alert";
import { switchAccountAction } from "@/lib/connect/actions";
import type { MyServer } from "@/lib/connect/queries";
import { hasMine, needsMe } from "./my-servers";

/** How many of the accounts that this person has to connect are connected; nothing where there are none. */
export function Progress({ servers }: { servers: MyServer[] }) {
  const own = servers.filter(hasMine);
  if (own.length === 0) return null;
  const done = own.filter((server) => !needsMe(server)).length;
  return (
    <div className="mb-3 flex flex-col gap-1.5">
      <p className="text-table">
        {done} of {own.length} {own.length === 1 ? "account" : "accounts"} connected
      </p>
      <span aria-hidden className="block h-1 overflow-hidden rounded-full bg-muted">
        <span className="block h-full rounded-full bg-ok" style={{ width: `${(100 * done) / own.length}%` }} />
      </span>
    </div>
  );
}

/** Servers that came into the portal since the person was last here and want an account. */
export function NewServers({ servers }: { servers: MyServer[] }) {
  const fresh = servers.filter((server) => server.isNew && hasMine(server) && server.connection?.state === "needs_connection");
  if (fresh.length === 0) return null;
  return (
    <Alert className="mb-3">
      New here since your last visit: {fresh.map((server) => server.name).join(", ")}. Connect your account, and {fresh.length === 1 ? "its" : "their"} tools
      work.
    </Alert>
  );
}

/** A link from a tool's result that another person opened. It connects nobody's account but theirs (UP-14). */
export function ForSomebodyElse({ email, here }: { email: string /** This page with its query. */; here: string }) {
  return (
    <Alert variant="warn">
      <p>This link was made for another person’s call. You are signed in as {email}, and connecting here would connect your own account, not theirs.</p>
      <ActionForm action={switchAccountAction} hidden={{ next: here }} className="mt-2">
        <SubmitButton variant="secondary" size="sm" className="w-fit">
          Use another account
        </SubmitButton>
      </ActionForm>
    </Alert>
  );
}
