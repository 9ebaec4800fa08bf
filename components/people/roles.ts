import type { Role } from "@/lib/auth/roles";

/** What each role means, in one sentence for the person who chooses. */
export const roleMeaning: Record<Role, string> = {
  owner: "everything, including owners and deleting the organization",
  admin: "servers, portals, policies, people and activity",
  auditor: "reads everything, changes nothing",
  member: "no admin pages; portals are opened by policies",
};
