import Link from "next/link";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";

export type PanelProps = {
  title: string /** The way to all rows. */;
  href?: string;
  hrefLabel?: string /** What it says without rows. */;
  empty: string;
  children?: ReactNode;
  className?: string;
};

/** One card of the overview: a title, some rows, the way to all of them. */
export function Panel({ title, href, hrefLabel = "All", empty, children, className }: PanelProps) {
  return (
    <Card className={className}>
      <div className="flex items-center justify-between gap-2 border-b px-4 py-2.5">
        <h2 className="font-semibold">{title}</h2>
        {href && (
          <Link href={href} aria-label={`${hrefLabel}: ${title}`} className="text-primary text-table hover:underline">
            {hrefLabel}
          </Link>
        )}
      </div>
      {children || <p className="px-4 py-5 text-muted-foreground text-table">{empty}</p>}
    </Card>
  );
}

/** A row that leads somewhere. */
export function PanelRow({ href, children }: { href: string; children: ReactNode }) {
  return (
    <li>
      <Link
        href={href}
        className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-0.5 px-4 py-2 text-table hover:bg-muted focus-visible:outline-offset-[-2px]"
      >
        {children}
      </Link>
    </li>
  );
}
