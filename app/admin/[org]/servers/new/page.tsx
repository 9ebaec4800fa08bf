import { notFound } from "next/navigation";
import { AddServerForm } from "@/components/servers/add-server-form";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { addresses } from "@/lib/connections/queries";

export const metadata = { title: "Add server" };

export default async function NewServerPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  if (!hasRight(ctx.actor.role, "servers.manage")) notFound();
  return (
    <>
      <PageHeader title="Add server" description="Enter its URL; what stands behind it is shown before anything is saved." />
      <AddServerForm org={ctx.org.slug} callbackUrl={addresses().callbackUrl} />
    </>
  );
}
