import { AppError } from "@/lib/errors";

export const roles = ["owner", "admin", "auditor", "member"] as const;
export type Role = (typeof roles)[number];

export type Right =
  | "org.read" // open the admin pages
  | "org.manage" // name, retention, clients, service tokens
  | "org.delete"
  | "people.manage" // members, invitations, groups, blocks
  | "owners.manage" // make or unmake owners
  | "servers.manage"
  | "portals.manage" // assignments and toggles too
  | "policies.manage"
  | "activity.read" // everyone's calls, sign-ins, changes
  | "grants.manage";

const admin: Right[] = ["org.read", "org.manage", "people.manage", "servers.manage", "portals.manage", "policies.manage", "activity.read", "grants.manage"];

/** Role → rights, as data. A plain member has no business in /admin but to see that the organization exists and to leave it. */
const rights: Record<Role, readonly Right[]> = {
  owner: [...admin, "org.delete", "owners.manage"],
  admin,
  auditor: ["org.read", "activity.read"],
  member: [],
};

export const hasRight = (role: Role, right: Right) => rights[role].includes(right);

/** First line of every command. */
export function requireRight(ctx: { actor: { role: Role } }, right: Right): void {
  if (!hasRight(ctx.actor.role, right)) throw new AppError("forbidden", `your role (${ctx.actor.role}) may not do this`);
}
