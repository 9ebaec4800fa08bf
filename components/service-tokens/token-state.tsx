import { StatusDot } from "@/components/shared/status-dot";
import { Time } from "@/components/shared/time";
import type { ServiceTokenItem } from "@/lib/service-tokens/queries";

/** Whether a service token works, and until when where that matters. */
export function TokenState({ token }: { token: Pick<ServiceTokenItem, "state" | "expiresAt" | "revokedAt"> }) {
  switch (token.state) {
    case "active":
      return <StatusDot tone="ok">active</StatusDot>;
    case "expires_soon":
      return (
        <StatusDot tone="warn">
          expires <Time value={token.expiresAt} />
        </StatusDot>
      );
    case "expired":
      return (
        <StatusDot tone="error">
          expired <Time value={token.expiresAt} />
        </StatusDot>
      );
    case "revoked":
      return (
        <StatusDot tone="off">
          revoked <Time value={token.revokedAt} />
        </StatusDot>
      );
  }
}
