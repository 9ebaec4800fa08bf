import { MailHint } from "@/components/people/mail-hint";
import { PageHeader } from "@/components/shared/page-header";

export const metadata = { title: "Check your mail" };

export default function ResetSentPage() {
  return (
    <>
      <PageHeader
        title="Check your mail"
        description="If the address has an account, a link to set a new password is on its way. It works for 30 minutes."
        className="mb-0"
      />
      <MailHint />
    </>
  );
}
