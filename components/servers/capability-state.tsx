import { Badge } from "@/components/ui/badge";
import type { CapabilityState as State } from "@/lib/servers/queries";

const looks = { approved: ["ok", "accepted"], new: ["accent", "new"], changed: ["warn", "changed"], gone: ["neutral", "gone"] } as const;

/** Whether a capability is served: only accepted ones are. */
export function CapabilityState({ state }: { state: State }) {
  const [variant, word] = looks[state];
  return <Badge variant={variant}>{word}</Badge>;
}
