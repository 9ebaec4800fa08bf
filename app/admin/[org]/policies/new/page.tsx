import { notFound } from "next/navigation";
import { PolicyEditor } from "@/components/policies/policy-editor";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listGroupChoices } from "@/lib/policies/queries";

export const metadata = { title: "Create policy" };

export default async function NewPolicyPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  if (!hasRight(ctx.actor.role, "policies.manage")) notFound();
  return (
    <>
      <PageHeader title="Create policy" description="It reads as a sentence. Attach it to a portal or a server afterwards." />
      <PolicyEditor org={ctx.org.slug} policy={null} groups={await listGroupChoices(ctx)} />
    </>
  );
}
