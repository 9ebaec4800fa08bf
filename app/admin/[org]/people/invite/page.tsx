import { notFound } from "next/navigation";
import { InviteForm } from "@/components/people/invite-form";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";

export const metadata = { title: "Invite" };

export default async function InvitePage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  if (!hasRight(ctx.actor.role, "people.manage")) notFound();
  return (
    <>
      <PageHeader title="Invite" description="For people who administer or audit. Who only uses portals needs no invitation: policies admit them." />
      <InviteForm org={ctx.org.slug} withOwner={hasRight(ctx.actor.role, "owners.manage")} />
    </>
  );
}
