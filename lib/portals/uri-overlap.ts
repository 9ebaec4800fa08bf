import { matchesTemplate } from "@/lib/gateway/uri-template";
import type { CapabilityKind } from "@/drizzle/schema/servers";

type Addressed = { kind: CapabilityKind; name: string };

/**
 * Whether a newcomer's resource or template could answer for a URI that clients already read from another server, or the other way
 * round. Between two templates it is tried on a sample of each, which finds those that differ in their variables only.
 */
export function overlaps(newcomer: Addressed, known: readonly Addressed[]): boolean {
  return known.some((other) => isWithin(newcomer, other) || isWithin(other, newcomer));
}

const isWithin = (inner: Addressed, outer: Addressed): boolean => outer.kind === "template" && matchesTemplate(outer.name, sampleOf(inner));

const sampleOf = ({ kind, name }: Addressed): string =>
  kind === "template" ? name.replace(/\{([+#./;?&]?)[^{}]*\}/g, (_, operator: string) => `${operator.replace("+", "")}x`) : name;
