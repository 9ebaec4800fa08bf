import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { signUpAction } from "@/lib/people/actions";

export function SignUpForm({ next, invite, email, asksSetupCode }: { next: string; invite: string; email?: string; asksSetupCode: boolean }) {
  return (
    <ActionForm action={signUpAction} hidden={{ next, invite }} aria-label="Sign up">
      <FormField name="email" label="E-mail" required>
        <Input type="email" autoComplete="username" maxLength={254} defaultValue={email} />
      </FormField>
      <FormField name="name" label="Name" optional>
        <Input autoComplete="name" maxLength={80} />
      </FormField>
      <FormField name="password" label="Password" hint="At least 8 characters; 15 or more are better." required>
        <Input type="password" autoComplete="new-password" minLength={8} maxLength={1024} />
      </FormField>
      {asksSetupCode && (
        <FormField name="setupCode" label="Setup code" hint="The server printed it when it started. It makes the first account." required>
          <Input autoComplete="off" maxLength={100} className="font-mono" />
        </FormField>
      )}
      <SubmitButton size="lg">Create account</SubmitButton>
    </ActionForm>
  );
}
