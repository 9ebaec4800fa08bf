import { ChevronLeft, ChevronRight } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";

export type PaginationProps = {
  shown: number;
  /** All there are; `isAtLeast` when counting stopped there. */
  total?: number;
  isAtLeast?: boolean;
  /** "calls", "servers". */
  noun?: string;
  previousHref?: string | null;
  nextHref?: string | null;
};

/** "Showing 50 of 1,284" and links to the pages beside. */
export function Pagination({ shown, total, isAtLeast = false, noun = "", previousHref, nextHref }: PaginationProps) {
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center justify-between gap-2 text-muted-foreground text-table">
      <p className="tabular-nums">
        Showing {shown.toLocaleString("en")}
        {total !== undefined && ` of ${isAtLeast ? "more than " : ""}${total.toLocaleString("en")}`} {noun}
      </p>
      {(previousHref || nextHref) && (
        <div className="flex gap-2">
          <PageLink href={previousHref} rel="prev">
            <ChevronLeft aria-hidden /> Previous
          </PageLink>
          <PageLink href={nextHref} rel="next">
            Next <ChevronRight aria-hidden />
          </PageLink>
        </div>
      )}
    </nav>
  );
}

function PageLink({ href, rel, children }: { href?: string | null; rel: string; children: React.ReactNode }) {
  if (!href) return null;
  return (
    <Button asChild variant="secondary" size="sm">
      <Link href={href} rel={rel}>
        {children}
      </Link>
    </Button>
  );
}
