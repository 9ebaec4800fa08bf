import Link from "next/link";
import { Button } from "@/components/ui/button";
import type { Page } from "@/lib/activity/queries";
import type { ActivityFilters } from "@/lib/activity/schema";
import { pathWith } from "./search";

/** How much of the list is on the page, the way to older rows and back to the newest, and the export of what is filtered. */
export function ActivityPager({ list, path, filters, exportHref }: { list: Page<unknown>; path: string; filters: ActivityFilters; exportHref: string }) {
  if (list.total === 0) return null;
  const { cursor, ...kept } = filters;
  const total = `${list.total.toLocaleString("en")}${list.isTotalExact ? "" : "+"}`;
  return (
    <nav aria-label="Pages" className="flex flex-wrap items-center justify-between gap-2 py-3 text-muted-foreground text-table">
      <span className="tabular-nums">
        Showing {list.rows.length} of {total}
      </span>
      <span className="flex flex-wrap gap-2">
        {cursor && (
          <Button asChild variant="secondary" size="sm">
            <Link href={pathWith(path, kept)}>Newest</Link>
          </Button>
        )}
        {list.next && (
          <Button asChild variant="secondary" size="sm">
            <Link href={pathWith(path, { ...kept, cursor: list.next })}>Older</Link>
          </Button>
        )}
        <Button asChild variant="secondary" size="sm">
          <a href={exportHref} download>
            Download CSV
          </a>
        </Button>
      </span>
    </nav>
  );
}
