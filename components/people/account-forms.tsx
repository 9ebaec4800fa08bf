import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { changeEmailAction, changeNameAction, changePasswordAction, deleteAccountAction } from "@/lib/people/actions";

const currentPassword = (label: string) => (
  <FormField name="password" label={label} required>
    <Input type="password" autoComplete="current-password" maxLength={1024} />
  </FormField>
);

export function NameForm({ name }: { name: string }) {
  return (
    <ActionForm action={changeNameAction} aria-label="Name" className="items-start">
      <FormField name="name" label="Name" className="w-full">
        <Input defaultValue={name} autoComplete="name" maxLength={80} />
      </FormField>
      <SubmitButton variant="secondary">Save name</SubmitButton>
    </ActionForm>
  );
}

export function EmailForm() {
  return (
    <ActionForm action={changeEmailAction} aria-label="E-mail">
      <FormField name="email" label="New e-mail" hint="We mail a link there, and tell the old address." required>
        <Input type="email" autoComplete="email" maxLength={254} />
      </FormField>
      {currentPassword("Your password")}
      <SubmitButton variant="secondary" className="w-fit">
        Change e-mail
      </SubmitButton>
    </ActionForm>
  );
}

export function PasswordForm() {
  return (
    <ActionForm action={changePasswordAction} aria-label="Password">
      {currentPassword("Current password")}
      <FormField name="newPassword" label="New password" hint="At least 8 characters; 15 or more are better. Other sessions end." required>
        <Input type="password" autoComplete="new-password" minLength={8} maxLength={1024} />
      </FormField>
      <SubmitButton variant="secondary" className="w-fit">
        Change password
      </SubmitButton>
    </ActionForm>
  );
}

export function DeleteAccount({ email }: { email: string }) {
  return (
    <ConfirmDialog
      trigger="Delete account"
      triggerVariant="danger"
      title={`Delete ${email}?`}
      consequence="Your sessions, connected apps and accounts at servers go at once. What organizations have on record stays, without your name."
      confirmLabel="Delete account"
      action={deleteAccountAction}
    >
      {currentPassword("Your password")}
    </ConfirmDialog>
  );
}
