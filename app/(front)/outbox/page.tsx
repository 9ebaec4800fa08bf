import Link from "next/link";
import { notFound } from "next/navigation";
import { EmptyState } from "@/components/shared/empty-state";
import { PageHeader } from "@/components/shared/page-header";
import { listOutbox, showsOutbox } from "@/lib/mail/outbox";

export const metadata = { title: "Outbox" };
export const dynamic = "force-dynamic";

export default async function OutboxPage() {
  if (!showsOutbox()) notFound();
  const names = await listOutbox();
  return (
    <>
      <PageHeader title="Outbox" description="Mails that were written instead of sent, newest first." className="mb-0" />
      {names.length === 0 && <EmptyState title="No mail yet" />}
      <ul className="flex flex-col gap-1 font-mono text-table">
        {names.map((name) => (
          <li key={name}>
            <Link href={`/outbox/${encodeURIComponent(name.replace(/\.txt$/, ""))}`} className="underline underline-offset-4">
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}
