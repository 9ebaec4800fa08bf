import Link from "next/link";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { PageHeader } from "@/components/shared/page-header";
import { env } from "@/lib/env";
import { readOutbox, showsOutbox } from "@/lib/mail/outbox";

export const metadata = { title: "Mail" };

export default async function OutboxMailPage({ params }: { params: Promise<{ file: string }> }) {
  if (!showsOutbox()) notFound();
  const text = await readOutbox(`${(await params).file}.txt`);
  if (text === null) notFound();
  return (
    <>
      <PageHeader title="Mail" className="mb-0" />
      <pre className="wrap-anywhere whitespace-pre-wrap rounded-lg border bg-card p-4 font-mono text-table">{mailParts(text)}</pre>
      <Link href="/outbox" className="text-sm underline underline-offset-4">
        All mails
      </Link>
    </>
  );
}

/** The text with our own addresses as links; nothing else in a mail becomes one. */
function mailParts(text: string): ReactNode[] {
  const origin = env().publicUrl;
  let at = 0;
  return text.split(/(https?:\/\/\S+)/).map((part) => {
    const key = at;
    at += part.length;
    if (URL.parse(part)?.origin !== origin) return part;
    return (
      <Link key={key} href={part.slice(origin.length)} prefetch={false} className="text-primary underline">
        {part}
      </Link>
    );
  });
}
