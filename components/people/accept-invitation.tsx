import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { Alert } from "@/components/ui/alert";
import { acceptInvitationAction } from "@/lib/members/actions";
import { signOutAction } from "@/lib/people/actions";

/** The one button for the invited account; for any other account the way to the right one. */
export function AcceptInvitation({ token, orgName, invited, signedInAs }: { token: string; orgName: string; invited: string; signedInAs: string }) {
  if (invited !== signedInAs) {
    return (
      <div>
        <Alert variant="warning">
          This invitation is for {invited}, and you are signed in as {signedInAs}. Sign out, then open the link again.
        </Alert>
        <form action={signOutAction}>
          <SubmitButton variant="outline" className="self-start">
            Sign out
          </SubmitButton>
        </form>
      </div>
    );
  }
  return (
    <ActionForm action={acceptInvitationAction}>
      <input type="hidden" name="token" value={token} />
      <SubmitButton className="self-start">Join {orgName}</SubmitButton>
    </ActionForm>
  );
}
