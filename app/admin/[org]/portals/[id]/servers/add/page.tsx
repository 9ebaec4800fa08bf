import Link from "next/link";
import { notFound } from "next/navigation";
import { AddServerForm } from "@/components/portals/add-server-form";
import { EmptyState } from "@/components/shared/empty-state";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { listAssignable, previewNames } from "@/lib/portals/queries";
import { orNotFound } from "../../../../servers/load-server";
import { loadPortal } from "../../../load-portal";

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<{ server?: string | string[] }> };

export default async function AddServerPage({ params, searchParams }: Props) {
  const [{ org, id }, { server }] = await Promise.all([params, searchParams]);
  const { ctx, portal } = await loadPortal(org, id);
  if (typeof server !== "string" || !hasRight(ctx.actor.role, "portals.manage")) notFound();
  const [preview, choices] = await Promise.all([orNotFound(previewNames(ctx, portal.id, server)), listAssignable(ctx, portal.id)]);
  const base = `/admin/${ctx.org.slug}`;
  if (!choices.some((choice) => choice.id === server)) {
    return <EmptyState title={`${preview.server.name} is in this portal`} action={<Link href={`${base}/portals/${portal.id}`}>Back to its servers</Link>} />;
  }
  if (!preview.server.synced) {
    return (
      <EmptyState
        title={`${preview.server.name} has not been synchronised yet`}
        description="Its list is not known, so there is nothing to approve."
        action={<Link href={`${base}/servers/${server}`}>Open the server</Link>}
      />
    );
  }
  return (
    <section aria-labelledby="add-server" className="flex flex-col gap-4">
      <h2 id="add-server" className="font-semibold">
        Add {preview.server.name}
      </h2>
      {preview.prefixed && (
        <Alert>
          Some of its names are in use here. Clients see its tools and prompts as <code className="font-mono">{preview.server.slug}_…</code>; names they know
          already stay.
        </Alert>
      )}
      <AddServerForm
        org={ctx.org.slug}
        portalId={portal.id}
        serverId={server}
        seen={preview.seen}
        capabilities={preview.capabilities.map(({ id: capabilityId, kind, name, description, readOnly, state, exposedName }) => ({
          ...{ id: capabilityId, kind, name, readOnly, state, exposedName },
          description: description.slice(0, 300),
        }))}
      />
    </section>
  );
}
