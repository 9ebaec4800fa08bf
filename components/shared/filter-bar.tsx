"use client";

import { Search } from "lucide-react";
import { usePathname, useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useTransition } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { cn } from "@/lib/cn";
import { useHydrated } from "./use-hydrated";

export type FilterSelect = { name: string; label: string; value?: string; options: { value: string; label: string }[] };

export type FilterBarProps = {
  /** The search box; `label` names it and is its placeholder. */
  search?: { name: string; label: string; value?: string };
  /** Their first option should be the one with an empty value ("All"). */
  selects?: FilterSelect[];
  /** Parameters of the URL to keep, such as the sort order. Pages start again. */
  keep?: Record<string, string | undefined>;
  /** More inputs. */
  children?: ReactNode;
  className?: string;
};

/** A GET form: the filters live in the URL. Sends itself on change; without JavaScript it has a button. */
export function FilterBar({ search, selects = [], keep = {}, children, className }: FilterBarProps) {
  const router = useRouter();
  const path = usePathname();
  const isHydrated = useHydrated();
  const [isPending, startTransition] = useTransition();
  const form = useRef<HTMLFormElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const go = () => {
    clearTimeout(timer.current);
    if (!form.current) return;
    const entries = [...new FormData(form.current)].flatMap(([name, value]) => (typeof value === "string" && value ? [[name, value]] : []));
    const query = new URLSearchParams(entries).toString();
    startTransition(() => router.replace(query ? `${path}?${query}` : path, { scroll: false }));
  };
  const soon = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(go, 250);
  };
  return (
    <search>
      <form
        ref={form}
        method="get"
        aria-busy={isPending}
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
        className={cn("mb-3 flex flex-wrap items-center gap-2", className)}
      >
        {Object.entries(keep).map(([name, value]) => value && <input key={name} type="hidden" name={name} value={value} />)}
        {search && (
          <span className="relative w-full sm:w-64">
            <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground" />
            <Input
              type="search"
              name={search.name}
              aria-label={search.label}
              placeholder={search.label}
              defaultValue={search.value}
              onChange={soon}
              className="h-8 pl-8"
            />
          </span>
        )}
        {selects.map((select) => (
          <Select
            key={select.name}
            name={select.name}
            aria-label={select.label}
            defaultValue={select.value ?? ""}
            onChange={go}
            className="w-auto [&_select]:h-8"
          >
            {select.options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </Select>
        ))}
        {children}
        {(!isHydrated || children) && (
          <Button type="submit" variant="secondary">
            Apply
          </Button>
        )}
      </form>
    </search>
  );
}
