"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef } from "react";
import { cn } from "@/lib/cn";

export type NavTab = {
  href: string;
  label: ReactNode;
  /** A number after the label. */
  count?: number;
  /** Only this very address, not what lies below it. */
  exact?: boolean;
};

/** Tabs that are pages: links, the open one has `aria-current`. `label` names them for screen readers. */
export function NavTabs({ items, label = "Sections", className }: { items: NavTab[]; label?: string; className?: string }) {
  const here = usePathname();
  const nav = useRef<HTMLElement>(null);
  // On a phone the open tab may lie outside; scrollIntoView would move the page as well.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another open tab
  useEffect(() => {
    const row = nav.current;
    const tab = row?.querySelector<HTMLElement>("[aria-current]");
    if (!row || !tab) return;
    const margin = 40;
    const [most, least] = [tab.offsetLeft - margin, tab.offsetLeft + tab.offsetWidth + margin - row.clientWidth];
    row.scrollLeft = Math.min(most, Math.max(least, row.scrollLeft));
  }, [here]);
  return (
    <nav
      ref={nav}
      aria-label={label}
      className={cn(
        "scroll-hint relative mb-5 flex gap-3 overflow-x-auto overflow-y-hidden border-b [--hint-ground:var(--color-background)] [--hint-shade:var(--color-border)]",
        className,
      )}
    >
      {items.map((item) => {
        const path = item.href.split("?")[0] ?? item.href;
        const isCurrent = here === path || (!item.exact && here.startsWith(`${path}/`));
        return (
          <Link
            key={item.href}
            href={item.href}
            aria-current={isCurrent ? "page" : undefined}
            className={cn(
              "flex items-center gap-1.5 whitespace-nowrap border-b-2 px-1 py-2 font-medium focus-visible:outline-offset-[-2px]",
              isCurrent ? "border-primary text-foreground" : "border-transparent text-muted-foreground hover:text-foreground",
            )}
          >
            {item.label}
            {item.count !== undefined && <span className="font-normal text-muted-foreground text-xs tabular-nums">{item.count.toLocaleString("en")}</span>}
          </Link>
        );
      })}
    </nav>
  );
}
