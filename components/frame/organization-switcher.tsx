"use client";

import { Check, ChevronsUpDown, Plus } from "lucide-react";
import Link from "next/link";
import { Mark } from "@/components/shared/mark";
import { useHydrated } from "@/components/shared/use-hydrated";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Navigation } from "./navigation";

const look = "flex h-9 w-full min-w-0 items-center gap-2 rounded-md px-2 text-left font-semibold hover:bg-muted";

/** Which organization this is, and the way to the others; without JavaScript a link to the list. */
export function OrganizationSwitcher({ org, organizations }: Pick<Navigation, "org" | "organizations">) {
  const face = (
    <>
      <Mark />
      <span className="min-w-0 flex-1 truncate">{org.name}</span>
      <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-muted-foreground" />
    </>
  );
  if (!useHydrated()) {
    return (
      <Link href="/admin?choose" className={look}>
        {face}
      </Link>
    );
  }
  return (
    <DropdownMenu>
      <DropdownMenuTrigger className={look} aria-label={`${org.name}, change organization`}>
        {face}
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" className="w-60">
        <DropdownMenuLabel>Organizations</DropdownMenuLabel>
        {organizations
          .filter((item) => item.mayOpen)
          .map((item) => (
            <DropdownMenuItem key={item.slug} asChild>
              <Link href={`/admin/${item.slug}`}>
                <span className="min-w-0 flex-1 truncate">{item.name}</span>
                {item.slug === org.slug && <Check aria-label="open now" />}
              </Link>
            </DropdownMenuItem>
          ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem asChild>
          <Link href="/new">
            <Plus aria-hidden /> Create organization
          </Link>
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
