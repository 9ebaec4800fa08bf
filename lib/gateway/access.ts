import { type Decision, evaluate } from "@/lib/policies/evaluate";
import type { Subject } from "@/lib/policies/schema";
import type { PortalView, ServerView } from "./types";

/** `grant`: the person switched the server off for one of their apps. `service_token`: no policy decided, since none speaks of machines. */
export type Access = Decision & { by: "portal" | "server" | "block" | "disabled" | "unverified" | "grant" | "service_token" };
export type Person = Subject & { verified: boolean; blocked: boolean };
/** In place of a person. */
export type Machine = "service_token";

/** Whether the portal admits them, and what decided. Deny by default. A service token that has a grant here is bound to this portal, which admits it. */
export function portalAccess(view: Pick<PortalView, "portal" | "policies">, person: Person | Machine): Access {
  const denied = { allowed: false, policyId: null, policyName: null };
  if (!view.portal.enabled) return { ...denied, by: "disabled" };
  if (person === "service_token") return { ...denied, allowed: true, by: "service_token" };
  if (person.blocked) return { ...denied, by: "block" };
  if (!person.verified) return { ...denied, by: "unverified" };
  return { ...evaluate(view.policies, person), by: "portal" };
}

/** Whether who was admitted may use one server. Without policies of its own it is everyone the portal admits; with some, no service token. */
export function serverAccess(server: Pick<ServerView, "policies">, subject: Subject | Machine): Access {
  if (server.policies === null) return { allowed: true, policyId: null, policyName: null, by: "portal" };
  if (subject === "service_token") return { allowed: false, policyId: null, policyName: null, by: "service_token" };
  return { ...evaluate(server.policies, subject), by: "server" };
}
