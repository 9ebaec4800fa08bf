import { PolicyAttachments } from "@/components/policies/policy-attachments";
import { ServerAccess } from "@/components/servers/server-access";
import { hasRight } from "@/lib/auth/roles";
import { listAttachable, listAttached } from "@/lib/policies/queries";
import { loadServer } from "../../load-server";

export default async function ServerPoliciesPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  const target = { kind: "server", id: server.id } as const;
  const [attached, available] = await Promise.all([listAttached(ctx, target), listAttachable(ctx, target)]);
  const canEdit = hasRight(ctx.actor.role, "policies.manage");
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <ServerAccess org={ctx.org.slug} serverId={server.id} access={server.access} canEdit={canEdit} />
      {(server.access === "policies" || attached.length > 0) && (
        <PolicyAttachments org={ctx.org.slug} target={target} attached={attached} available={available} canEdit={canEdit} />
      )}
    </div>
  );
}
