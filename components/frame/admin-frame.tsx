import type { ReactNode } from "react";
import { Toaster } from "@/components/shared/toast";
import { CommandPalette } from "./command-palette";
import { MobileMenu } from "./mobile-menu";
import { NavLinks } from "./nav-links";
import { type Navigation, sectionsOf } from "./navigation";
import { OrganizationSwitcher } from "./organization-switcher";
import { PersonMenu, type PersonMenuProps } from "./person-menu";
import { TopCrumbs } from "./top-crumbs";

export type AdminFrameProps = { navigation: Navigation; signOut: PersonMenuProps["signOut"]; themeSwitch: ReactNode; children: ReactNode };

/** Sidebar, top bar and main part of the admin pages; below 900 px the sidebar is a sheet. */
export function AdminFrame({ navigation, signOut, themeSwitch, children }: AdminFrameProps) {
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-primary focus:px-3 focus:py-2 focus:text-primary-foreground"
      >
        Skip to content
      </a>
      <aside aria-label="Sidebar" className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col gap-3 overflow-y-auto border-r bg-sidebar p-2 min-[900px]:flex">
        <OrganizationSwitcher {...navigation} />
        <NavLinks sections={sectionsOf(navigation)} />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b bg-background px-3 min-[900px]:px-6">
          <div className="min-[900px]:hidden">
            <MobileMenu navigation={navigation} />
          </div>
          <div className="min-w-0 flex-1 overflow-hidden whitespace-nowrap">
            <TopCrumbs navigation={navigation} />
          </div>
          <CommandPalette navigation={navigation} />
          {themeSwitch}
          <PersonMenu person={navigation.person} signOut={signOut} />
        </header>
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl flex-1 px-4 py-6 outline-none min-[900px]:px-6">
          {children}
        </main>
      </div>
      <Toaster />
    </div>
  );
}
