"use client";

import { Activity, House, KeyRound, type LucideIcon, Plug, Server, Settings, Users } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/lib/cn";
import type { Section } from "./navigation";

const icons: Record<string, LucideIcon> = {
  overview: House,
  servers: Server,
  portals: Plug,
  policies: KeyRound,
  people: Users,
  activity: Activity,
  settings: Settings,
};

/** The sections of an organization; the open one has `aria-current`. */
export function NavLinks({ sections, onFollow }: { sections: Section[]; onFollow?: () => void }) {
  const here = usePathname();
  return (
    <nav aria-label="Organization">
      <ul className="flex flex-col gap-0.5">
        {sections.map((section) => {
          const isCurrent = section.key === "overview" ? here === section.href : here === section.href || here.startsWith(`${section.href}/`);
          const Icon = icons[section.key] ?? House;
          return (
            <li key={section.key}>
              <Link
                href={section.href}
                onClick={onFollow}
                aria-current={isCurrent ? "page" : undefined}
                className={cn(
                  "flex h-8 items-center gap-2.5 rounded-md px-2.5",
                  isCurrent ? "bg-primary-soft font-medium text-primary" : "text-foreground hover:bg-muted",
                )}
              >
                <Icon aria-hidden className={cn("size-4", !isCurrent && "text-muted-foreground")} />
                <span className="flex-1">{section.label}</span>
                {section.count !== undefined && <span className={cn("text-xs tabular-nums", !isCurrent && "text-muted-foreground")}>{section.count}</span>}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
