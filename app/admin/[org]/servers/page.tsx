import Link from "next/link";
import { ServerList } from "@/components/servers/server-list";
import { FilterBar } from "@/components/shared/filter-bar";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listServers, type ServerSummary } from "@/lib/servers/queries";

export const metadata = { title: "Servers" };

type Props = { params: Promise<{ org: string }>; searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function ServersPage({ params, searchParams }: Props) {
  const ctx = await orgContext((await params).org);
  const [servers, search] = await Promise.all([listServers(ctx), searchParams]);
  const q = typeof search.q === "string" ? search.q : "";
  const status = typeof search.status === "string" ? search.status : "";
  const shown = servers.filter((server) => fits(server, q.trim().toLowerCase(), status));
  const canManage = hasRight(ctx.actor.role, "servers.manage");
  return (
    <>
      <PageHeader
        title="Servers"
        description="The MCP servers your portals are made of."
        actions={
          canManage &&
          servers.length > 0 && (
            <Button asChild>
              <Link href={`/admin/${ctx.org.slug}/servers/new`}>Add server</Link>
            </Button>
          )
        }
      />
      {servers.length > 0 && (
        <FilterBar
          search={{ name: "q", label: "Filter servers", value: q }}
          selects={[{ name: "status", label: "Status", value: status, options: statuses }]}
        />
      )}
      <ServerList org={ctx.org.slug} servers={shown} total={servers.length} isFiltered={servers.length > 0} canManage={canManage} />
    </>
  );
}

const statuses = [
  { value: "", label: "Every status" },
  { value: "ready", label: "Ready" },
  { value: "review", label: "Waiting for review" },
  { value: "trouble", label: "Needs attention" },
];

function fits(server: ServerSummary, words: string, status: string): boolean {
  if (words && !`${server.name} ${server.slug} ${server.url}`.toLowerCase().includes(words)) return false;
  if (status === "ready") return server.status === "ready";
  if (status === "review") return server.counts.fresh + server.counts.changed > 0;
  if (status === "trouble") return server.status === "error" || server.status === "stale";
  return true;
}
