import Link from "next/link";
import { Alert } from "@/components/ui/alert";
import { listOutbox, showsOutbox } from "@/lib/mail/outbox";

/** Where mail goes when no mail server is set; nothing otherwise. */
export async function MailHint() {
  if (!showsOutbox()) return null;
  const [newest] = await listOutbox();
  return (
    <Alert>
      No mail server is set, so mails are files in <code className="font-mono text-table">outbox</code> of the data directory.{" "}
      <Link href={newest ? `/outbox/${encodeURIComponent(newest.replace(/\.txt$/, ""))}` : "/outbox"} className="underline underline-offset-4">
        {newest ? "Open the newest mail" : "Open the outbox"}
      </Link>
    </Alert>
  );
}
