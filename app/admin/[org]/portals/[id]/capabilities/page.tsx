import Link from "next/link";
import { ToggleGroups } from "@/components/portals/toggle-groups";
import { EmptyState } from "@/components/shared/empty-state";
import { FilterBar } from "@/components/shared/filter-bar";
import { Button } from "@/components/ui/button";
import { hasRight } from "@/lib/auth/roles";
import { cn } from "@/lib/cn";
import { listAssignments, listToggles, toggleCounts } from "@/lib/portals/queries";
import { rowsPerServer, toggleStates } from "@/lib/portals/toggle-list";
import { loadPortal } from "../../load-portal";

type Search = Record<string, string | string[] | undefined>;
type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<Search> };

const kinds = [
  { kind: "tool", label: "Tools" },
  { kind: "prompt", label: "Prompts" },
  { kind: "resource", label: "Resources" },
  { kind: "template", label: "Templates" },
] as const;
const stateNames = { all: "All", on: "On", off: "Off", "read-only": "Read-only" } as const;

export default async function PortalCapabilitiesPage({ params, searchParams }: Props) {
  const [{ org, id }, search] = await Promise.all([params, searchParams]);
  const { ctx, portal } = await loadPortal(org, id);
  const filter = readFilter(search);
  const page = readPage(search);
  const [servers, groups, counts] = await Promise.all([
    listAssignments(ctx, portal.id),
    listToggles(ctx, portal.id, filter, page),
    toggleCounts(ctx, portal.id),
  ]);
  const base = `/admin/${ctx.org.slug}/portals/${portal.id}`;
  if (servers.length === 0) {
    return (
      <EmptyState
        title="No servers in this portal"
        description="Its tools appear here once it has one."
        action={
          <Button asChild>
            <Link href={base}>Add a server</Link>
          </Button>
        }
      />
    );
  }
  const address = (change: Partial<Record<"q" | "state" | "kind", string>>) => {
    const all = { q: filter.text, state: filter.state === "all" ? undefined : filter.state, kind: filter.kind, ...change };
    const query = new URLSearchParams(Object.entries(all).flatMap(([name, value]) => (value ? [[name, value]] : []))).toString();
    return `${base}/capabilities${query ? `?${query}` : ""}`;
  };
  const isFiltered = Boolean(filter.text || filter.kind || filter.state !== "all");
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-5 gap-y-2 [&>search]:max-sm:w-full">
        <FilterBar
          search={{ name: "q", label: "Filter by name or words", value: filter.text }}
          keep={{ state: one(search.state), kind: filter.kind }}
          className="mb-0"
        />
        <nav aria-label="State" className="flex flex-wrap gap-3">
          {toggleStates.map((state) => (
            <Choice key={state} href={address({ state: state === "all" ? "" : state })} isCurrent={filter.state === state}>
              {stateNames[state]}
            </Choice>
          ))}
        </nav>
        <nav aria-label="Kind" className="flex flex-wrap gap-3">
          {kinds.map(({ kind, label }) => (
            <Choice key={kind} href={address({ kind: filter.kind === kind ? "" : kind })} isCurrent={filter.kind === kind}>
              {label} <span className="tabular-nums">{`${counts[kind].on}/${counts[kind].total}`}</span>
            </Choice>
          ))}
        </nav>
      </div>
      {isFiltered && groups.length === 0 ? (
        <EmptyState
          title="Nothing matches"
          description="Try another word, or all states and kinds."
          action={
            <Button asChild variant="secondary" size="sm">
              <Link href={`${base}/capabilities`}>Show all</Link>
            </Button>
          }
        />
      ) : (
        <ToggleGroups
          org={ctx.org.slug}
          portalId={portal.id}
          servers={isFiltered ? servers.filter((server) => groups.some((group) => group.serverId === server.serverId)) : servers}
          groups={groups}
          canEdit={hasRight(ctx.actor.role, "portals.manage")}
          isFiltered={isFiltered}
          renaming={one(search.rename) ?? null}
          here={address({})}
          page={page}
          rowsPerServer={rowsPerServer}
        />
      )}
    </>
  );
}

function Choice({ href, isCurrent, children }: { href: string; isCurrent: boolean; children: React.ReactNode }) {
  return (
    <Link
      href={href}
      scroll={false}
      aria-current={isCurrent ? "true" : undefined}
      className={cn("text-table", isCurrent ? "font-medium text-primary underline underline-offset-4" : "text-muted-foreground hover:text-foreground")}
    >
      {children}
    </Link>
  );
}

const one = (value: string | string[] | undefined) => (typeof value === "string" && value !== "" ? value : undefined);

function readFilter(search: Search) {
  return {
    text: one(search.q)?.slice(0, 200),
    state: toggleStates.find((state) => state === search.state) ?? ("all" as const),
    kind: kinds.find(({ kind }) => kind === search.kind)?.kind,
  };
}

function readPage(search: Search): { serverId: string; number: number } | null {
  const [serverId, number] = [one(search.server), Number(one(search.page))];
  return serverId && /^srv_[0-9a-z]{26}$/.test(serverId) && Number.isInteger(number) && number >= 1 && number <= 1_000 ? { serverId, number } : null;
}
