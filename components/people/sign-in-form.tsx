import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { signInAction } from "@/lib/people/actions";

export function SignInForm({ next }: { next: string }) {
  return (
    <ActionForm action={signInAction} hidden={{ next }} aria-label="Sign in">
      <FormField name="email" label="E-mail" required>
        <Input type="email" autoComplete="username" maxLength={254} />
      </FormField>
      <FormField name="password" label="Password" required>
        <Input type="password" autoComplete="current-password" maxLength={1024} />
      </FormField>
      <SubmitButton size="lg">Sign in</SubmitButton>
    </ActionForm>
  );
}
