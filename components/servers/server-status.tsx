import { StatusDot, type Tone } from "@/components/shared/status-dot";
import type { ServerStatus as Status } from "@/lib/servers/queries";

const words: Record<Status, [Tone, string]> = {
  waiting: ["warn", "waiting for its first sync"],
  ready: ["ok", "ready"],
  stale: ["warn", "not answering"],
  error: ["error", "error"],
};

/** How a server is, as a dot and words. */
export function ServerStatus({ status, isSyncing }: { status: Status; isSyncing: boolean }) {
  const [tone, word] = isSyncing ? (["warn", "synchronising"] as const) : words[status];
  return (
    <StatusDot tone={tone} isBusy={isSyncing}>
      {word}
    </StatusDot>
  );
}
