import Link from "next/link";
import { StatusDot } from "@/components/shared/status-dot";
import type { BoundPortal } from "@/lib/service-tokens/queries";
import type { ReachedServer } from "@/lib/service-tokens/reach";

type Props = { org: string; portals: BoundPortal[]; reach: ReadonlyMap<string, ReachedServer[]> };

/** What a service token finds in each of its portals, and why the rest is closed to it. */
export function TokenReach({ org, portals, reach }: Props) {
  if (portals.length === 0) return <p className="text-muted-foreground">The portals it was bound to were deleted.</p>;
  return (
    <ul className="flex max-w-3xl flex-col divide-y rounded-lg border bg-card">
      {portals.map((portal) => (
        <li key={portal.id} className="flex flex-col gap-1 px-4 py-3">
          <Link href={`/admin/${org}/portals/${portal.id}`} className="w-fit font-medium hover:underline">
            {portal.name}
          </Link>
          <code className="wrap-anywhere font-mono text-muted-foreground text-table">{portal.url}</code>
          <ul className="mt-1 flex flex-col gap-1">
            {(reach.get(portal.id) ?? []).map((server) => (
              <li key={server.id} className="flex flex-wrap items-center gap-x-3">
                <span>{server.name}</span>
                <StatusDot tone={server.closed ? "off" : "ok"}>{server.closed ? "closed" : "open"}</StatusDot>
                {server.closed && <span className="text-muted-foreground text-table">{reasons[server.closed]}</span>}
              </li>
            ))}
          </ul>
          {!reach.has(portal.id) && <p className="text-muted-foreground text-table">No server is in this portal.</p>}
        </li>
      ))}
    </ul>
  );
}

const reasons = {
  policies: "It has policies of its own, and they speak of people.",
  accounts: "Each person uses an account of their own there.",
} as const;
