import { StatusDot } from "@/components/shared/status-dot";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import type { ServerConnection } from "@/lib/connections/queries";

/** Whether an account works and which it is, as a dot and words. */
export function ConnectionState({ state, label }: Pick<ServerConnection, "state" | "label">) {
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-2">
      <StatusDot tone={state === "connected" ? "ok" : "warn"}>{state === "connected" ? "connected" : "reconnect needed"}</StatusDot>
      <UntrustedText text={label} max={80} className="text-muted-foreground text-table" />
    </span>
  );
}

/** How long an account stays connected. */
export function Lasts({ state, kind, expiresAt }: Pick<ServerConnection, "state" | "kind" | "expiresAt">) {
  if (state === "reconnect") return "ended";
  if (expiresAt) {
    return (
      <>
        ends <Time value={expiresAt} />
      </>
    );
  }
  return kind === "oauth" ? "renews itself" : "no end";
}
