/** What the frame around the admin pages knows: plain data from the layout. */
export type Navigation = {
  org: { slug: string; name: string };
  organizations: { slug: string; name: string; mayOpen: boolean }[];
  person: { email: string; name: string };
  servers: { id: string; name: string }[];
  portals: { id: string; name: string }[];
  counts: { servers: number; portals: number };
};

export type Section = { key: string; label: string; href: string; count?: number };

/** The sections of the sidebar, in order. */
export function sectionsOf({ org, counts }: Pick<Navigation, "org" | "counts">): Section[] {
  const base = `/admin/${org.slug}`;
  return [
    { key: "overview", label: "Overview", href: base },
    { key: "servers", label: "Servers", href: `${base}/servers`, count: counts.servers },
    { key: "portals", label: "Portals", href: `${base}/portals`, count: counts.portals },
    { key: "policies", label: "Policies", href: `${base}/policies` },
    { key: "people", label: "People", href: `${base}/people` },
    { key: "activity", label: "Activity", href: `${base}/activity` },
    { key: "settings", label: "Settings", href: `${base}/settings` },
  ];
}

/** The way to a path below the organization, in words; the last crumb is the page itself. */
export function crumbsOf(navigation: Navigation, path: string): { label: string; href?: string }[] {
  const base = `/admin/${navigation.org.slug}`;
  const [key, second, third] = path.slice(base.length).split("/").filter(Boolean);
  const section = sectionsOf(navigation).find((item) => item.key === (key ?? "overview"));
  if (!section) return [];
  if (!second) return [{ label: section.label }];
  const up = { label: section.label, href: section.href };
  const named = [...navigation.servers, ...navigation.portals].find((item) => item.id === second)?.name ?? partNames[second];
  if (!named) return [up];
  return [up, { label: named, href: third && hasPages.has(second) ? `${section.href}/${second}` : undefined }];
}

const hasPages = new Set(["groups", "tokens"]);
const partNames: Record<string, string> = {
  new: "New",
  invite: "Invite",
  block: "Block",
  invitations: "Invitations",
  groups: "Groups",
  blocked: "Blocked",
  apps: "Apps",
  clients: "Clients",
  tokens: "Service tokens",
  "sign-ins": "Sign-ins",
  changes: "Changes",
};
