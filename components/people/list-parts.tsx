import type { ReactNode } from "react";
import { FilterBar } from "@/components/shared/filter-bar";
import type { Listed } from "@/lib/members/paging";

/** The filter of a list, with the list's own button at its right. */
export function ListSearch({ q, label, children }: { q?: string; label: string; children?: ReactNode }) {
  return (
    <div className="mb-3 flex flex-wrap items-start justify-between gap-2 [&>search]:max-sm:w-full">
      <FilterBar search={{ name: "q", label, value: q }} className="mb-0" />
      {children}
    </div>
  );
}

/** How much of a list is on the page, and the addresses of the pages beside it. */
export function paginationOf(list: Listed<unknown>, q: string | undefined, noun: string) {
  const href = (page: number) => `?${new URLSearchParams({ ...(q ? { q } : {}), page: String(page) })}`;
  return {
    total: list.total,
    noun,
    previousHref: list.page > 1 ? href(list.page - 1) : null,
    nextHref: list.page * list.pageRows < list.total ? href(list.page + 1) : null,
  };
}
