import Link from "next/link";

export type Crumb = { label: string; href?: string };

/** The way to a page as real links; a last crumb without `href` is the page itself. */
export function Breadcrumbs({ items }: { items: Crumb[] }) {
  return (
    <nav aria-label="Breadcrumbs" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-muted-foreground text-table">
        {items.map((item, index) => (
          <li key={`${item.href ?? ""} ${item.label}`} className="flex shrink-0 items-center gap-1.5 last:min-w-0 last:shrink">
            {item.href ? (
              <Link href={item.href} className="hover:text-foreground hover:underline">
                {item.label}
              </Link>
            ) : (
              <span aria-current="page" title={item.label} className="truncate">
                {item.label}
              </span>
            )}
            {index < items.length - 1 && <span aria-hidden>/</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
