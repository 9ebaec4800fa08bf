import { notFound } from "next/navigation";
import { CreateGroupForm } from "@/components/people/group-forms";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";

export const metadata = { title: "Create group" };

export default async function NewGroupPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  if (!hasRight(ctx.actor.role, "people.manage")) notFound();
  return (
    <>
      <PageHeader title="Create group" description="A list of e-mail addresses that policies can name." />
      <CreateGroupForm org={ctx.org.slug} />
    </>
  );
}
