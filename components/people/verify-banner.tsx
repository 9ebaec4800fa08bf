import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Alert } from "@/components/ui/alert";
import { resendVerificationAction } from "@/lib/people/actions";

/** For a person whose address is not confirmed: why it matters, and another link. */
export function VerifyBanner({ email }: { email: string }) {
  return (
    <Alert variant="warn">
      <p className="mb-2">Confirm your address: open the link we mailed to {email}. Until then no policy sees it, and you cannot create an organization.</p>
      <ActionForm action={resendVerificationAction} className="items-start">
        <SubmitButton variant="secondary" size="sm">
          Send the link again
        </SubmitButton>
      </ActionForm>
    </Alert>
  );
}
