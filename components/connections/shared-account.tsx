import Link from "next/link";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { Time } from "@/components/shared/time";
import { Alert } from "@/components/ui/alert";
import { Card } from "@/components/ui/card";
import { disconnectSharedAction, startSharedConnectionAction } from "@/lib/connections/actions";
import type { ServerConnection } from "@/lib/connections/queries";
import { ConnectionState, Lasts } from "./connection-facts";
import { LeaveForm } from "./leave-form";

export type SharedAccountProps = { org: string; server: { id: string; name: string }; shared: ServerConnection | null; canManage: boolean };

/** The account that reads what a server offers, and that everybody uses where a portal says so. */
export function SharedAccount({ org, server, shared, canManage }: SharedAccountProps) {
  const hidden = { serverId: server.id };
  return (
    <section aria-labelledby="shared-account" className="flex flex-col gap-3">
      <h2 id="shared-account" className="font-semibold">
        Shared account
      </h2>
      <Card className="flex flex-col items-start gap-4 p-4">
        <div className="flex flex-col gap-1">
          {shared ? (
            <>
              <ConnectionState {...shared} />
              <p className="text-muted-foreground text-table">
                Connected <Time value={shared.connectedAt} /> · <Lasts {...shared} />
              </p>
              {shared.problem && <p className="text-error text-table first-letter:uppercase">{shared.problem}.</p>}
            </>
          ) : (
            <p className="font-medium">Not connected</p>
          )}
          <p className="text-muted-foreground text-table">
            It reads what {server.name} offers. In portals where everybody shares one account, calls are made with it too, so an account of its own serves best.
          </p>
        </div>
        {canManage && (
          <div className="flex w-full flex-wrap items-start gap-2">
            <LeaveForm
              key={shared?.connectedAt.getTime()}
              action={startSharedConnectionAction}
              org={org}
              hidden={hidden}
              label={shared ? "Reconnect" : "Connect the shared account"}
              variant={shared?.state === "connected" ? "secondary" : "primary"}
              serverName={server.name}
            />
            {shared && (
              <ConfirmDialog
                trigger="Disconnect"
                title={`Disconnect the shared account of ${server.name}?`}
                consequence="Calls fail at once where everybody shares it, and what the server offers is not read any more. People’s own accounts stay."
                confirmLabel="Disconnect"
                action={disconnectSharedAction}
                org={org}
                fields={hidden}
              />
            )}
          </div>
        )}
      </Card>
    </section>
  );
}

/** Says on a server's first page that nothing can be read yet, and where to go. */
export function SharedAccountMissing({ href, shared }: { href: string; shared: ServerConnection | null }) {
  if (shared?.state === "connected") return null;
  return (
    <Alert variant="warn" className="mb-3">
      {shared ? "The connection of its shared account has ended. " : "Its shared account is not connected, so nothing it offers can be read. "}
      <Link href={href} className="underline underline-offset-4">
        {shared ? "Reconnect it" : "Connect the shared account"}
      </Link>
    </Alert>
  );
}
