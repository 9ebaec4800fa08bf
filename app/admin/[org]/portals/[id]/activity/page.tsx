import Link from "next/link";
import { CallTable } from "@/components/activity/call-table";
import { EmptyState } from "@/components/shared/empty-state";
import { Alert } from "@/components/ui/alert";
import { listCalls } from "@/lib/activity/queries";
import { hasRight } from "@/lib/auth/roles";
import { loadPortal } from "../../load-portal";

const rowsMax = 20;

export default async function PortalActivityPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, portal } = await loadPortal(org, id);
  if (!hasRight(ctx.actor.role, "activity.read")) return <Alert>Your role ({ctx.actor.role}) does not read activity.</Alert>;
  const all = `/admin/${ctx.org.slug}/activity?portal=${portal.id}`;
  const { rows } = await listCalls(ctx, { portal: portal.id }, rowsMax);
  if (rows.length === 0) return <EmptyState title="No calls yet" description="Calls through this portal appear here as they happen." />;
  return (
    <div className="flex flex-col gap-3">
      <CallTable rows={rows} linkBase={all} />
      <Link href={all} className="text-primary text-table hover:underline">
        All calls through {portal.name}
      </Link>
    </div>
  );
}
