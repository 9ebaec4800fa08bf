import { cookies } from "next/headers";
import Link from "next/link";
import { DeadLink } from "@/components/people/dead-link";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { PageHeader } from "@/components/shared/page-header";
import { SubmitButton } from "@/components/shared/submit-button";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { hostCookie } from "@/lib/auth/cookie";
import { currentPerson, frontContext } from "@/lib/auth/request";
import { safeReturnTo } from "@/lib/auth/return-to";
import { confirmLinkAction } from "@/lib/people/actions";
import { needsPassword } from "@/lib/people/confirm";
import { findLink } from "@/lib/people/links";
import { one, type SearchParams } from "@/lib/people/search-params";

export const metadata = { title: "Confirm your address" };

type Props = { params: Promise<{ token: string }>; searchParams: Promise<SearchParams> };

/** Opening the link changes nothing, since mail scanners open links too; the button does. */
export default async function VerifyPage({ params, searchParams }: Props) {
  const [{ token }, search, front, person, jar] = await Promise.all([params, searchParams, frontContext(), currentPerson(), cookies()]);
  const found = await findLink(front.db, token, ["verify_email", "change_email"], front.now);
  if (!found.ok) return <DeadLink reason={found.reason} href="/account" label="Go to your account" />;
  const { link } = found;
  const isOwn = person?.person.id === link.personId;
  if (link.kind === "change_email" && !isOwn) {
    return (
      <>
        <PageHeader title="Confirm your new address" description="Sign in to the account that asked for this change first." className="mb-0" />
        <Button asChild className="w-fit">
          <Link href={person ? "/account" : `/sign-in?next=${encodeURIComponent(`/verify/${token}`)}`}>{person ? "Your account" : "Sign in"}</Link>
        </Button>
      </>
    );
  }
  const opener = { personId: person?.person.id ?? null, sessionId: null, browserProof: jar.get(hostCookie("gatehouse.sign-up"))?.value };
  return (
    <>
      <PageHeader title="Confirm your address" description={link.email} className="mb-0" />
      <ActionForm action={confirmLinkAction} hidden={{ token, next: safeReturnTo(one(search.next), "") }} aria-label="Confirm your address">
        {needsPassword(link, opener) && (
          <FormField name="password" label="Password" hint="The one chosen at sign-up: it shows that this account is yours." required>
            <Input type="password" autoComplete="current-password" maxLength={1024} />
          </FormField>
        )}
        <SubmitButton size="lg">Confirm address</SubmitButton>
      </ActionForm>
    </>
  );
}
