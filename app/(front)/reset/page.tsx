import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { PageHeader } from "@/components/shared/page-header";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { requestResetAction } from "@/lib/people/actions";

export const metadata = { title: "Forgot your password" };

export default function RequestResetPage() {
  return (
    <>
      <PageHeader title="Forgot your password" description="We mail you a link to set a new one." className="mb-0" />
      <ActionForm action={requestResetAction} aria-label="Forgot your password">
        <FormField name="email" label="E-mail" required>
          <Input type="email" autoComplete="username" maxLength={254} />
        </FormField>
        <SubmitButton size="lg">Send link</SubmitButton>
      </ActionForm>
    </>
  );
}
