import { type Decision, evaluate } from "@/lib/policies/evaluate";
import type { Subject } from "@/lib/policies/schema";
import type { PortalView, ServerView } from "./types";

/** `grant`: the person switched the server off for one of their apps. */
export type Access = Decision & { by: "portal" | "server" | "block" | "disabled" | "unverified" | "grant" };
export type Person = Subject & { verified: boolean; blocked: boolean };

/** Whether the portal admits this person, and what decided. Deny by default. */
export function portalAccess(view: Pick<PortalView, "portal" | "policies">, person: Person): Access {
  const denied = { allowed: false, policyId: null, policyName: null };
  if (!view.portal.enabled) return { ...denied, by: "disabled" };
  if (person.blocked) return { ...denied, by: "block" };
  if (!person.verified) return { ...denied, by: "unverified" };
  return { ...evaluate(view.policies, person), by: "portal" };
}

/** Whether an admitted person may use one server. Without policies of its own it is everyone the portal admits. */
export function serverAccess(server: Pick<ServerView, "policies">, subject: Subject): Access {
  if (server.policies === null) return { allowed: true, policyId: null, policyName: null, by: "portal" };
  return { ...evaluate(server.policies, subject), by: "server" };
}
