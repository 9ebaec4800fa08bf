import Link from "next/link";
import { redirect } from "next/navigation";
import { SignInForm } from "@/components/people/sign-in-form";
import { PageHeader } from "@/components/shared/page-header";
import { Alert } from "@/components/ui/alert";
import { currentPerson } from "@/lib/auth/request";
import { safeReturnTo } from "@/lib/auth/return-to";
import { one, type SearchParams } from "@/lib/people/search-params";

export const metadata = { title: "Sign in" };

const notices: Record<string, string> = {
  password: "Your new password is set. Sign in with it.",
  deleted: "Your account is deleted.",
};

export default async function SignInPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const [search, person] = await Promise.all([searchParams, currentPerson()]);
  const next = safeReturnTo(one(search.next), "");
  if (person) redirect(next || "/admin");
  const notice = notices[one(search.notice) ?? ""];
  const query = next ? `?next=${encodeURIComponent(next)}` : "";
  return (
    <>
      <PageHeader title="Sign in" className="mb-0" />
      {notice && <Alert variant="ok">{notice}</Alert>}
      <SignInForm next={next} />
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-sm">
        <Link href={`/sign-up${query}`} className="underline underline-offset-4">
          Create an account
        </Link>
        <Link href="/reset" className="underline underline-offset-4">
          Forgot your password?
        </Link>
      </p>
    </>
  );
}
