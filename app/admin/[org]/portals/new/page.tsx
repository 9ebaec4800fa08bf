import { notFound } from "next/navigation";
import { NewPortalForm } from "@/components/portals/new-portal-form";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { portalResource } from "@/lib/oauth/urls";
import { listPortals } from "@/lib/portals/queries";

export const metadata = { title: "Create portal" };

export default async function NewPortalPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  if (!hasRight(ctx.actor.role, "portals.manage")) notFound();
  const taken = (await listPortals(ctx)).map((portal) => portal.slug);
  return (
    <>
      <PageHeader title="Create portal" description="Its address stays as it is: people paste it into their clients." />
      <NewPortalForm org={ctx.org.slug} urlStart={portalResource(ctx.org.slug, "")} taken={taken} />
    </>
  );
}
