import Link from "next/link";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Time } from "@/components/shared/time";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import type { ServerSummary } from "@/lib/servers/queries";
import { ServerStatus } from "./server-status";

export type ServerListProps = { org: string; servers: ServerSummary[]; total: number; isFiltered: boolean; canManage: boolean };

/** The servers of an organization with what each offers and what waits for review. */
export function ServerList({ org, servers, total, isFiltered, canManage }: ServerListProps) {
  const base = `/admin/${org}/servers`;
  return (
    <DataTable
      label="Servers"
      rows={servers}
      rowKey={(server) => server.id}
      rowHref={(server) => `${base}/${server.id}`}
      pagination={{ total, noun: "servers" }}
      empty={
        isFiltered ? (
          <EmptyState title="No server fits" description="Change the words or the status above." />
        ) : (
          <EmptyState
            title="No servers yet"
            description="A server is any MCP server with a URL. Add one, and its tools are read at once."
            action={
              canManage && (
                <Button asChild>
                  <Link href={`${base}/new`}>Add server</Link>
                </Button>
              )
            }
          />
        )
      }
      columns={[
        { key: "name", header: "Name", cell: (server) => server.name },
        { key: "status", header: "Status", cell: (server) => <ServerStatus status={server.status} isSyncing={server.isSyncing} /> },
        {
          key: "host",
          header: "Host",
          className: "max-w-56 truncate",
          cell: (server) => <span className="font-mono text-xs">{URL.parse(server.url)?.host ?? server.url}</span>,
        },
        { key: "tools", header: "Tools", align: "right", cell: (server) => server.counts.tools },
        { key: "prompts", header: "Prompts", align: "right", cell: (server) => server.counts.prompts },
        { key: "resources", header: "Resources", align: "right", cell: (server) => server.counts.resources + server.counts.templates },
        { key: "review", header: "Review", cell: (server) => <Review counts={server.counts} /> },
        { key: "portals", header: "Portals", align: "right", cell: (server) => server.portals },
        { key: "sync", header: "Last sync", className: "whitespace-nowrap", cell: (server) => <Time value={server.lastSyncAt} /> },
      ]}
    />
  );
}

function Review({ counts }: { counts: ServerSummary["counts"] }) {
  return (
    <span className="flex gap-1">
      {counts.fresh > 0 && <Badge variant="accent">{counts.fresh} new</Badge>}
      {counts.changed > 0 && <Badge variant="warn">{counts.changed} changed</Badge>}
      {counts.gone > 0 && <Badge>{counts.gone} gone</Badge>}
    </span>
  );
}
