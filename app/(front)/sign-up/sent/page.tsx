import { MailHint } from "@/components/people/mail-hint";
import { PageHeader } from "@/components/shared/page-header";

export const metadata = { title: "Check your mail" };

export default function SignUpSentPage() {
  return (
    <>
      <PageHeader
        title="Check your mail"
        description="We sent you a message. Open the link in it, in this browser, to go on; it works for 24 hours."
        className="mb-0"
      />
      <MailHint />
    </>
  );
}
