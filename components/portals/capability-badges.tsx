import { Badge } from "@/components/ui/badge";
import type { CapabilityState } from "@/lib/portals/states";

/** What stands in the way of a capability, as a word; nothing when all is well. */
export function StateBadge({ state, decided = true }: { state: CapabilityState; decided?: boolean }) {
  switch (state) {
    case "gone":
      return <Badge variant="off">gone</Badge>;
    case "changed":
      return <Badge variant="warn">changed, withheld</Badge>;
    case "new":
      return <Badge variant="accent">new</Badge>;
    case "ready":
      return decided ? null : <Badge variant="accent">new here</Badge>;
  }
}

export function AccessBadge({ readOnly, kind }: { readOnly: boolean; kind: string }) {
  if (kind !== "tool") return <span className="text-muted-foreground text-xs">{kind}</span>;
  return <span className="whitespace-nowrap text-muted-foreground text-xs">{readOnly ? "read-only (claimed)" : "writes"}</span>;
}
