import Link from "next/link";
import { PageHeader } from "@/components/shared/page-header";
import { Button } from "@/components/ui/button";
import { type LinkProblem, linkProblemText } from "@/lib/people/links";

/** A link that no longer works: why, and where to get another. */
export function DeadLink({ reason, href, label }: { reason: LinkProblem; href: string; label: string }) {
  const text = linkProblemText[reason];
  return (
    <>
      <PageHeader title="This link does not work" description={`${text.charAt(0).toUpperCase()}${text.slice(1)}.`} className="mb-0" />
      <Button asChild variant="secondary" className="w-fit">
        <Link href={href}>{label}</Link>
      </Button>
    </>
  );
}
