"use client";

import { Menu } from "lucide-react";
import { useState } from "react";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Button, buttonVariants } from "@/components/ui/button";
import { Sheet, SheetContent, SheetTitle, SheetTrigger } from "@/components/ui/sheet";
import { NavLinks } from "./nav-links";
import { type Navigation, sectionsOf } from "./navigation";
import { OrganizationSwitcher } from "./organization-switcher";

/** The sidebar of narrow windows: a sheet; without JavaScript it unfolds in place. */
export function MobileMenu({ navigation }: { navigation: Navigation }) {
  const [isOpen, setOpen] = useState(false);
  const sections = sectionsOf(navigation);
  if (!useHydrated()) {
    return (
      <details className="relative">
        <summary className={buttonVariants({ variant: "ghost", size: "icon" })} aria-label="Menu">
          <Menu aria-hidden />
        </summary>
        <div className="absolute z-40 mt-1 w-60 rounded-lg border bg-popover p-2 shadow-lg">
          <NavLinks sections={sections} />
        </div>
      </details>
    );
  }
  return (
    <Sheet open={isOpen} onOpenChange={setOpen}>
      <SheetTrigger asChild>
        <Button type="button" variant="ghost" size="icon" aria-label="Menu">
          <Menu aria-hidden />
        </Button>
      </SheetTrigger>
      <SheetContent side="left" aria-describedby={undefined} className="gap-3 p-3 pt-2">
        <SheetTitle className="sr-only">Menu</SheetTitle>
        <div className="mr-9">
          <OrganizationSwitcher {...navigation} />
        </div>
        <NavLinks sections={sections} onFollow={() => setOpen(false)} />
      </SheetContent>
    </Sheet>
  );
}
