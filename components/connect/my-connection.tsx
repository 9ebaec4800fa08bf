import Link from "next/link";
import { Lasts } from "@/components/connections/connection-facts";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import type { MyServer } from "@/lib/connect/queries";
import { disconnectMineAction } from "@/lib/connections/actions";

export type MyConnectionProps = { portalId: string; server: MyServer; connectHref: string; contact: string };

/** Whose account a person uses at a server, and the one thing to do about it. */
export function MyConnection({ portalId, server, connectHref, contact }: MyConnectionProps) {
  const { connection, name } = server;
  if (!connection || connection.kind === "none") return null;
  const { state, kind, account, problem } = connection;
  if (account === "shared") {
    const isMissing = state === "needs_connection" || state === "reconnect";
    return (
      <p className="mt-1 text-muted-foreground text-table">
        {isMissing
          ? `Everybody uses one shared account here, and ${problem ?? "it is not connected now"}. ${contact ? `Ask ${contact}.` : "An admin has to connect it."}`
          : "Everybody uses one shared account here; there is nothing for you to do."}
        {!isMissing && problem && ` But ${problem}.`}
      </p>
    );
  }
  const isConnected = state === "connected";
  return (
    <div className="mt-1 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <p className="min-w-0 flex-1 basis-56 text-muted-foreground text-table">
        {isConnected ? (
          <>
            {kind === "oauth" ? "Your own account, " : "Your own key, "}
            <UntrustedText text={connection.label} max={80} className="text-foreground" />, connected <Time value={connection.connectedAt} />
            {connection.forecast && connection.forecast.kind !== "open" && (
              <>
                ; <Lasts forecast={connection.forecast} />
              </>
            )}
            .
          </>
        ) : (
          !problem && missing[state === "reconnect" ? "reconnect" : kind]
        )}
        {problem && <span className={cn("block first-letter:uppercase", isConnected ? "text-warn" : "text-foreground")}>{problem}.</span>}
      </p>
      <div className="flex flex-wrap gap-2">
        {!isConnected && (
          <Button asChild size="sm">
            <Link href={connectHref}>
              {state === "reconnect" ? "Reconnect" : "Connect"}
              <span className="sr-only"> {name}</span>
            </Link>
          </Button>
        )}
        {state !== "needs_connection" && (
          <ConfirmDialog
            trigger={
              <>
                Disconnect<span className="sr-only"> {name}</span>
              </>
            }
            triggerSize="sm"
            title={`Disconnect ${name}?`}
            consequence={`Its tools stop working for you until you connect again, in every portal where you use your own account. ${after[kind]}`}
            confirmLabel={`Disconnect ${name}`}
            action={disconnectMineAction}
            fields={{ portalId, serverId: server.id }}
          />
        )}
      </div>
    </div>
  );
}

const missing = {
  oauth: "You use your own account here. Connect it, and its tools work.",
  bearer: "You use a key of your own here. Enter it, and its tools work.",
  headers: "You use a key of your own here. Enter it, and its tools work.",
  reconnect: "Your account’s connection has ended. Connect it again, and calls work at once.",
} as const;

const after = {
  oauth: "The provider is told so where it listens.",
  bearer: "The key is deleted here; take it back at the provider too.",
  headers: "The key is deleted here; take it back at the provider too.",
} as const;
