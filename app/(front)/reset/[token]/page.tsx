import { DeadLink } from "@/components/people/dead-link";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { PageHeader } from "@/components/shared/page-header";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { frontContext } from "@/lib/auth/request";
import { resetPasswordAction } from "@/lib/people/actions";
import { findLink } from "@/lib/people/links";

export const metadata = { title: "Set a new password" };

export default async function ResetPage({ params }: { params: Promise<{ token: string }> }) {
  const [{ token }, front] = await Promise.all([params, frontContext()]);
  const found = await findLink(front.db, token, ["reset_password"], front.now);
  if (!found.ok) return <DeadLink reason={found.reason} href="/reset" label="Ask for a new link" />;
  return (
    <>
      <PageHeader title="Set a new password" description={`For ${found.link.email}. All sessions of the account end.`} className="mb-0" />
      <ActionForm action={resetPasswordAction} hidden={{ token }} aria-label="Set a new password">
        <FormField name="password" label="New password" hint="At least 8 characters; 15 or more are better." required>
          <Input type="password" autoComplete="new-password" minLength={8} maxLength={1024} />
        </FormField>
        <SubmitButton size="lg">Set password</SubmitButton>
      </ActionForm>
    </>
  );
}
