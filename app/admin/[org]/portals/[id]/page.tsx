import Link from "next/link";
import { AssignedServers } from "@/components/portals/assigned-servers";
import { EmptyState } from "@/components/shared/empty-state";
import { Button } from "@/components/ui/button";
import { hasRight } from "@/lib/auth/roles";
import { listAssignable, listAssignments, portalImpact } from "@/lib/portals/queries";
import { loadPortal } from "../load-portal";

export default async function PortalServersPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, portal } = await loadPortal(org, id);
  const [servers, choices, impact] = await Promise.all([listAssignments(ctx, portal.id), listAssignable(ctx, portal.id), portalImpact(ctx, portal.id)]);
  const canEdit = hasRight(ctx.actor.role, "portals.manage");
  const base = `/admin/${ctx.org.slug}`;
  const adding = canEdit && (
    <div className="flex flex-wrap items-center gap-2">
      {choices.length > 0 && <span className="text-muted-foreground text-table">Add a server:</span>}
      {choices.map((server) =>
        server.synced ? (
          <Button key={server.id} asChild variant="secondary" size="sm" wraps>
            <Link href={`${base}/portals/${portal.id}/servers/add?server=${server.id}`}>{server.name}</Link>
          </Button>
        ) : (
          <Button key={server.id} asChild variant="ghost" size="sm" wraps className="font-normal text-muted-foreground">
            <Link href={`${base}/servers/${server.id}`}>{server.name}: not synchronised yet</Link>
          </Button>
        ),
      )}
      {choices.length === 0 && servers.length === 0 && (
        <Button asChild>
          <Link href={`${base}/servers/new`}>Add server</Link>
        </Button>
      )}
    </div>
  );
  if (servers.length === 0) {
    const words = choices.length > 0 ? "Choose one; you see its list before anything is switched on." : "First add a server to the organization.";
    return <EmptyState title="No servers in this portal" description={words} action={adding} />;
  }
  return (
    <div className="flex flex-col gap-4">
      <AssignedServers org={ctx.org.slug} portalId={portal.id} people={impact.people} servers={servers} canEdit={canEdit} />
      {adding}
    </div>
  );
}
