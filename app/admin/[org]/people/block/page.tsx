import { notFound } from "next/navigation";
import { BlockForm } from "@/components/people/block-form";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";

export const metadata = { title: "Block a person" };

type Props = { params: Promise<{ org: string }>; searchParams: Promise<{ email?: string | string[] }> };

export default async function BlockPage({ params, searchParams }: Props) {
  const [{ org }, { email }] = await Promise.all([params, searchParams]);
  const ctx = await orgContext(org);
  if (!hasRight(ctx.actor.role, "people.manage")) notFound();
  return (
    <>
      <PageHeader title="Block a person" description="Their connected apps, role and invitations here end at once, and no policy lets them in again." />
      <BlockForm org={ctx.org.slug} email={typeof email === "string" ? email : ""} />
    </>
  );
}
