import Link from "next/link";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/shared/empty-state";
import { Button } from "@/components/ui/button";

/** An empty list: nothing matches the filters, or nothing has happened yet. */
export function NothingFound({ filtered, clearHref, title, children }: { filtered: boolean; clearHref: string; title: string; children: ReactNode }) {
  if (!filtered) return <EmptyState title={title} description={children} />;
  return (
    <EmptyState
      title="Nothing matches"
      description="No row fits all these filters."
      action={
        <Button asChild variant="secondary" size="sm">
          <Link href={clearHref}>Clear the filters</Link>
        </Button>
      }
    />
  );
}
