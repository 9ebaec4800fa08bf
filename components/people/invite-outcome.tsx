import { Alert } from "@/components/ui/alert";
import type { FormState } from "@/lib/form";
import type { Invited } from "@/lib/members/invitations";

/** What became of an invitation that was just made. */
export function InviteOutcome({ state }: { state: FormState }) {
  if (state.status !== "ok" || !isInvited(state.data)) return null;
  const { email, mail } = state.data;
  if (mail === "failed") {
    return <Alert variant="warning">The mail to {email} could not be sent, so nobody has the link. When mail works again, invite them once more.</Alert>;
  }
  return (
    <Alert>
      {mail === "sent"
        ? `The invitation is on its way to ${email}.`
        : `No mail server is set, so the invitation to ${email} lies in the outbox folder of the data directory.`}{" "}
      The link works once, for 7 days.
    </Alert>
  );
}

// `FormState.data` is unknown because every command gives back its own.
function isInvited(data: unknown): data is Invited {
  return typeof data === "object" && data !== null && "mail" in data && "email" in data;
}
