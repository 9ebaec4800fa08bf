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

/** How long an account stays connected, and who has to do something about it. */
export function Lasts({ forecast }: Pick<ServerConnection, "forecast">) {
  switch (forecast.kind) {
    case "over":
      return "reconnect";
    case "open":
      return "no end known";
    case "renews_at_use":
      return "renews by itself at its next use";
    case "renews":
      return (
        <>
          expires <Time value={forecast.expiresAt} />, renews by itself
        </>
      );
    case "ends":
      return (
        <>
          expires <Time value={forecast.expiresAt} />, reconnect before then
        </>
      );
  }
}
