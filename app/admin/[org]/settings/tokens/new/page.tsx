import Link from "next/link";
import { notFound } from "next/navigation";
import { CreateTokenForm } from "@/components/service-tokens/create-form";
import { EmptyState } from "@/components/shared/empty-state";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listPortals } from "@/lib/portals/queries";

export const metadata = { title: "New service token" };

type Props = { params: Promise<{ org: string }>; searchParams: Promise<{ portal?: string | string[] }> };

export default async function NewServiceTokenPage({ params, searchParams }: Props) {
  const [{ org }, { portal }] = await Promise.all([params, searchParams]);
  const ctx = await orgContext(org);
  if (!hasRight(ctx.actor.role, "org.manage")) notFound();
  const portals = await listPortals(ctx);
  const chosen = portals.length === 1 ? portals[0]?.id : typeof portal === "string" ? portal : undefined;
  return (
    <div className="flex flex-col gap-4">
      <h2 className="font-semibold">New service token</h2>
      {portals.length > 0 ? (
        <CreateTokenForm org={ctx.org.slug} portals={portals.map(({ id, name, url }) => ({ id, name, url }))} chosen={chosen} />
      ) : (
        <EmptyState
          title="No portals yet"
          description="A service token is bound to portals, so first there must be one."
          action={
            <Button asChild>
              <Link href={`/admin/${ctx.org.slug}/portals/new`}>Create portal</Link>
            </Button>
          }
        />
      )}
    </div>
  );
}
