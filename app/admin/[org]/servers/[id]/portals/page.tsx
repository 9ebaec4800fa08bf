import Link from "next/link";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Button } from "@/components/ui/button";
import { listServerPortals } from "@/lib/servers/queries";
import { loadServer } from "../../load-server";

export default async function ServerPortalsPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  const base = `/admin/${ctx.org.slug}/portals`;
  return (
    <DataTable
      label={`Portals with ${server.name}`}
      rows={await listServerPortals(ctx, server.id)}
      rowKey={(portal) => portal.id}
      rowHref={(portal) => `${base}/${portal.id}`}
      empty={
        <EmptyState
          title="In no portal yet"
          description="Until a portal has it, nobody can use this server."
          action={
            <Button asChild variant="secondary">
              <Link href={base}>Open portals</Link>
            </Button>
          }
        />
      }
      columns={[
        { key: "name", header: "Portal", cell: (portal) => portal.name },
        { key: "on", header: "On", align: "right", cell: (portal) => `${portal.on} of ${portal.total}` },
      ]}
    />
  );
}
