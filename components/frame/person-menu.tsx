"use client";

import { ChevronDown, LogOut, UserRound } from "lucide-react";
import Link from "next/link";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Button, buttonVariants } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";

export type PersonMenuProps = { person: { email: string; name: string }; signOut: (form: FormData) => Promise<void> };

/** The person's own menu: account, sign out (a POST). Without JavaScript both stand there as they are. */
export function PersonMenu({ person, signOut }: PersonMenuProps) {
  const short = person.name.trim() || (person.email.split("@")[0] ?? person.email);
  if (!useHydrated()) {
    return (
      <form action={signOut} className="flex items-center gap-1">
        <Link href="/account" className={buttonVariants({ variant: "ghost" })}>
          {short}
        </Link>
        <Button variant="ghost">Sign out</Button>
      </form>
    );
  }
  return (
    <DropdownMenu>
      <DropdownMenuTrigger className={buttonVariants({ variant: "ghost" })} title={person.email}>
        <span className="max-w-32 truncate">{short}</span>
        <ChevronDown aria-hidden className="text-muted-foreground" />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end" className="w-56">
        <DropdownMenuLabel className="truncate">{person.email}</DropdownMenuLabel>
        <DropdownMenuItem asChild>
          <Link href="/account">
            <UserRound aria-hidden /> Account
          </Link>
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <form action={signOut}>
          {/* The menu closes on select and would take the form along before it is sent. */}
          <DropdownMenuItem asChild onSelect={(event) => event.preventDefault()}>
            <button type="submit">
              <LogOut aria-hidden /> Sign out
            </button>
          </DropdownMenuItem>
        </form>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
