import Link from "next/link";
import type { ReactNode } from "react";
import { DeleteAccount, EmailForm, NameForm, PasswordForm } from "@/components/people/account-forms";
import { MyApps } from "@/components/people/my-apps";
import { MySessions } from "@/components/people/my-sessions";
import { VerifyBanner } from "@/components/people/verify-banner";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { personContext } from "@/lib/auth/request";
import { listGrantsOfPerson } from "@/lib/oauth/grants";
import { signOutAction } from "@/lib/people/actions";
import { listMySessions } from "@/lib/people/queries";

export const metadata = { title: "Account" };

export default async function AccountPage() {
  const ctx = await personContext();
  const [sessions, grants] = await Promise.all([listMySessions(ctx), listGrantsOfPerson(ctx.db, ctx.person.id, ctx.now)]);
  const { email, name, emailVerified } = ctx.person;
  return (
    <main className="mx-auto flex w-full max-w-2xl flex-col gap-8 px-6 py-10">
      <PageHeader
        title="Account"
        description={email}
        breadcrumbs={[{ label: "Organizations", href: "/admin" }]}
        className="mb-0"
        actions={
          <form action={signOutAction}>
            <Button variant="secondary">Sign out</Button>
          </form>
        }
      />
      {!emailVerified && <VerifyBanner email={email} />}
      <Section title="Profile">
        <NameForm name={name} />
      </Section>
      <Section title="E-mail">
        <EmailForm />
      </Section>
      <Section title="Password">
        <PasswordForm />
      </Section>
      <Section title="Sessions">
        <MySessions sessions={sessions} />
      </Section>
      <Section title="Connected apps">
        <MyApps grants={grants} />
      </Section>
      <Section title="Delete account">
        <p className="text-muted-foreground">
          Organizations that you own alone come first: hand them over or delete them in their{" "}
          <Link href="/admin" className="underline underline-offset-4">
            settings
          </Link>
          .
        </p>
        <div>
          <DeleteAccount email={email} />
        </div>
      </Section>
    </main>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-3 border-t pt-6">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  );
}
