import Link from "next/link";
import { redirect } from "next/navigation";
import { SignUpForm } from "@/components/people/sign-up-form";
import { PageHeader } from "@/components/shared/page-header";
import { Alert } from "@/components/ui/alert";
import { currentPerson, frontContext } from "@/lib/auth/request";
import { safeReturnTo } from "@/lib/auth/return-to";
import { signUpMode } from "@/lib/auth/setup-code";
import { sentence } from "@/lib/form";
import { findInvitation, invitationProblemText } from "@/lib/orgs/invitations";
import { one, type SearchParams } from "@/lib/people/search-params";

export const metadata = { title: "Sign up" };

export default async function SignUpPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const [search, person, front] = await Promise.all([searchParams, currentPerson(), frontContext()]);
  const next = safeReturnTo(one(search.next), "");
  if (person) redirect(next || "/admin");
  const invite = one(search.invite) ?? "";
  const [mode, invitation] = await Promise.all([signUpMode(front.db), invite ? findInvitation(front.db, invite, front.now) : null]);
  const isOpen = mode !== "invited" || invitation?.ok === true;
  const refusal = invitation && !invitation.ok ? sentence(invitationProblemText[invitation.reason]) : "Accounts are made by invitation here.";
  return (
    <>
      <PageHeader title="Sign up" description="We mail you a link to confirm your address." className="mb-0" />
      {isOpen ? (
        <SignUpForm next={next} invite={invite} email={invitation?.ok ? invitation.invitation.email : undefined} asksSetupCode={mode === "setup_code"} />
      ) : (
        <Alert>{refusal} Ask an admin of your organization for an invitation.</Alert>
      )}
      <p className="text-muted-foreground text-sm">
        You have an account?{" "}
        <Link href={next ? `/sign-in?next=${encodeURIComponent(next)}` : "/sign-in"} className="underline underline-offset-4">
          Sign in
        </Link>
      </p>
    </>
  );
}
