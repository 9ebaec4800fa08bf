import Link from "next/link";
import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { PageHeader } from "@/components/shared/page-header";
import { StatusDot } from "@/components/shared/status-dot";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listPortals, type PortalItem } from "@/lib/portals/queries";

export const metadata = { title: "Portals" };

export default async function PortalsPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const portals = await listPortals(ctx);
  const base = `/admin/${ctx.org.slug}/portals`;
  const create = hasRight(ctx.actor.role, "portals.manage") && (
    <Button asChild>
      <Link href={`${base}/new`}>Create portal</Link>
    </Button>
  );
  return (
    <>
      <PageHeader title="Portals" description="Each is one URL that people paste into their AI client." actions={portals.length > 0 && create} />
      <DataTable
        label="Portals"
        rows={portals}
        rowKey={(portal) => portal.id}
        rowHref={(portal) => `${base}/${portal.id}`}
        empty={<EmptyState title="No portals yet" description="A portal puts servers behind one URL and says who may use what." action={create} />}
        columns={[
          { key: "name", header: "Name", cell: (portal) => portal.name },
          { key: "state", header: "State", cell: state },
          { key: "url", header: "URL", cell: (portal) => <code className="font-mono text-xs">{portal.url}</code> },
          { key: "servers", header: "Servers", align: "right", cell: (portal) => portal.servers },
          { key: "on", header: "On", align: "right", cell: (portal) => `${portal.on} of ${portal.total}` },
          { key: "people", header: "People connected", align: "right", cell: (portal) => portal.people },
        ]}
      />
    </>
  );
}

function state(portal: PortalItem) {
  if (!portal.enabled) return <StatusDot tone="off">switched off</StatusDot>;
  if (portal.policies === 0) return <StatusDot tone="warn">no policy, nobody may enter</StatusDot>;
  return <StatusDot tone="ok">on</StatusDot>;
}
