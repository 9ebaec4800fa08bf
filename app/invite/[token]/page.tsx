import Link from "next/link";
import { AcceptInvitation } from "@/components/people/accept-invitation";
import { roleMeaning } from "@/components/people/roles";
import { Brand } from "@/components/shared/brand";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { currentPerson, frontContext } from "@/lib/auth/request";
import { sentence } from "@/lib/form";
import { findInvitation, invitationProblemText } from "@/lib/orgs/invitations";

// The address of this page is a secret and must not travel to another site. Not `no-referrer`: the form would then say `Origin: null`, and be refused.
export const metadata = { title: "Invitation", referrer: "same-origin", robots: { index: false } };

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const [{ token }, front, person] = await Promise.all([params, frontContext(), currentPerson()]);
  const found = await findInvitation(front.db, token, front.now);
  if (!found.ok) {
    return (
      <main className="mx-auto w-full max-w-lg px-6 py-12">
        <Brand className="mb-8" />
        <PageHeader title="This invitation does not work" description={sentence(invitationProblemText[found.reason])} />
        <Button asChild variant="outline">
          <Link href={person ? "/admin" : "/sign-in"}>{person ? "Your organizations" : "Sign in"}</Link>
        </Button>
      </main>
    );
  }
  const { orgName, role, email, invitedBy } = found.invitation;
  const next = encodeURIComponent(`/invite/${token}`);
  return (
    <main className="mx-auto w-full max-w-lg px-6 py-12">
      <Brand className="mb-8" />
      <PageHeader title={`Join ${orgName}`} description={`${invitedBy} invites ${email} as ${role}: ${roleMeaning[role]}.`} />
      {person ? (
        <AcceptInvitation token={token} orgName={orgName} invited={email} signedInAs={person.person.email} />
      ) : (
        <div className="space-y-3 text-sm">
          <p className="text-muted-foreground">
            Go on with an account for <strong className="text-foreground">{email}</strong>.
          </p>
          <div className="flex flex-wrap gap-2">
            <Button asChild>
              <Link href={`/sign-up?invite=${encodeURIComponent(token)}&next=${next}`}>Create account</Link>
            </Button>
            <Button asChild variant="outline">
              <Link href={`/sign-in?next=${next}`}>Sign in</Link>
            </Button>
          </div>
        </div>
      )}
    </main>
  );
}
