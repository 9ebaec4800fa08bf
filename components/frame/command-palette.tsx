"use client";

import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Kbd } from "@/components/shared/kbd";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent, DialogTitle } from "@/components/ui/dialog";
import { type Navigation, sectionsOf } from "./navigation";

/** ⌘K or Ctrl K: go to a page, a server, a portal, another organization; create something. */
export function CommandPalette({ navigation }: { navigation: Navigation }) {
  const [isOpen, setOpen] = useState(false);
  const router = useRouter();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      setOpen((was) => !was);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  if (!useHydrated()) return null;
  const go = (href: string) => {
    setOpen(false);
    router.push(href);
  };
  return (
    <>
      <Button type="button" variant="secondary" size="sm" className="text-muted-foreground" aria-label="Search and commands, ⌘K" onClick={() => setOpen(true)}>
        <Search aria-hidden />
        <Kbd aria-hidden className="hidden border-0 bg-transparent p-0 sm:inline">
          ⌘K
        </Kbd>
      </Button>
      <Dialog open={isOpen} onOpenChange={setOpen}>
        <DialogContent aria-describedby={undefined} className="top-[12%] max-w-lg translate-y-0 gap-0 p-0">
          <DialogTitle className="sr-only">Search and commands</DialogTitle>
          <Command label="Search and commands" loop>
            <Command.Input
              placeholder="Go to, create, switch…"
              className="h-11 w-full border-b bg-transparent px-4 pr-10 outline-none placeholder:text-muted-foreground"
            />
            <Command.List className="max-h-80 overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-center text-muted-foreground">Nothing by that name.</Command.Empty>
              {groupsOf(navigation).map((group) => (
                <Command.Group
                  key={group.heading}
                  heading={group.heading}
                  className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted-foreground [&_[cmdk-group-heading]]:text-xs"
                >
                  {group.items.map((item) => (
                    <Command.Item
                      key={item.href}
                      value={`${group.heading} ${item.label} ${item.href}`}
                      onSelect={() => go(item.href)}
                      className="flex h-9 cursor-pointer items-center rounded-md px-2.5 data-[selected=true]:bg-muted"
                    >
                      <span className="truncate">{item.label}</span>
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </DialogContent>
      </Dialog>
    </>
  );
}

function groupsOf(navigation: Navigation): { heading: string; items: { label: string; href: string }[] }[] {
  const base = `/admin/${navigation.org.slug}`;
  const groups = [
    { heading: "Go to", items: sectionsOf(navigation).map(({ label, href }) => ({ label, href })) },
    {
      heading: "Create",
      items: [
        { label: "Add server", href: `${base}/servers/new` },
        { label: "Create portal", href: `${base}/portals/new` },
        { label: "Create policy", href: `${base}/policies/new` },
        { label: "Invite a person", href: `${base}/people/invite` },
      ],
    },
    { heading: "Servers", items: navigation.servers.map(({ id, name }) => ({ label: name, href: `${base}/servers/${id}` })) },
    { heading: "Portals", items: navigation.portals.map(({ id, name }) => ({ label: name, href: `${base}/portals/${id}` })) },
    {
      heading: "Switch organization",
      items: navigation.organizations
        .filter((item) => item.mayOpen && item.slug !== navigation.org.slug)
        .map(({ slug, name }) => ({ label: name, href: `/admin/${slug}` })),
    },
  ];
  return groups.filter((group) => group.items.length > 0);
}
