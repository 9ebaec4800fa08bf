import Link from "next/link";
import { CreateOrganizationForm } from "@/components/people/create-organization-form";
import { Brand } from "@/components/shared/brand";
import { PageHeader } from "@/components/shared/page-header";
import { Alert } from "@/components/ui/alert";
import { personContext } from "@/lib/auth/request";
import { env } from "@/lib/env";

export const metadata = { title: "Create organization" };

export default async function NewOrganizationPage() {
  const { person } = await personContext();
  return (
    <main className="mx-auto w-full max-w-lg px-6 py-12">
      <Brand className="mb-8" />
      <PageHeader title="Create organization" description="It holds your servers, portals, policies and people. You become its owner." />
      {person.emailVerified ? (
        <CreateOrganizationForm origin={env().publicUrl} />
      ) : (
        <Alert>
          <p>
            Confirm your e-mail address first: open the link we mailed to <strong>{person.email}</strong>, then come back here. Nothing came?{" "}
            <Link href="/account" className="underline underline-offset-4">
              Send it again from your account
            </Link>
            .
          </p>
        </Alert>
      )}
    </main>
  );
}
