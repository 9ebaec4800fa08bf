import { AccessSummary } from "@/components/servers/access-summary";
import { listAttached } from "@/lib/policies/queries";
import { loadServer } from "../../load-server";

export default async function ServerPoliciesPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  return <AccessSummary org={ctx.org.slug} access={server.access} attached={await listAttached(ctx, { kind: "server", id: server.id })} />;
}
