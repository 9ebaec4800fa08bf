import Link from "next/link";
import { CallTable } from "@/components/activity/call-table";
import { EmptyState } from "@/components/shared/empty-state";
import { listCalls } from "@/lib/activity/queries";
import { loadServer } from "../../load-server";

const rowsMax = 20;

export default async function ServerActivityPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  const all = `/admin/${ctx.org.slug}/activity?server=${server.id}`;
  const { rows } = await listCalls(ctx, { server: server.id }, rowsMax);
  if (rows.length === 0) return <EmptyState title="No calls yet" description="Calls to this server appear here as they happen." />;
  return (
    <div className="flex flex-col gap-3">
      <CallTable rows={rows} linkBase={all} without={["server"]} />
      <Link href={all} className="text-primary text-table hover:underline">
        All calls to {server.name}
      </Link>
    </div>
  );
}
