import type { JsonObject } from "@/drizzle/schema/servers";
import type { CapabilityView, PortalView, ServerView } from "@/lib/gateway/types";

/** A portal as the gateway sees it, with two servers that everybody may use; for tests of the pure rooms. */
export function aView(more: { portal?: Partial<PortalView["portal"]>; servers?: ServerView[] } = {}): PortalView {
  return {
    org: { id: "org_1", slug: "acme", name: "Acme", accessVersion: 1 },
    portal: {
      id: "ptl_1",
      slug: "eng",
      name: "Engineering",
      description: "",
      instructions: "",
      contact: "",
      enabled: true,
      portalTools: true,
      contextMode: "full",
      ...more.portal,
    },
    policies: [],
    servers: more.servers ?? [aServerView("jira", ["get_issue", "create_issue"]), aServerView("slack", ["send"])],
  };
}

export function aServerView(slug: string, tools: string[], more: Partial<ServerView> = {}): ServerView {
  const plain = { status: "ready" as const, errorMessage: null, account: "shared" as const, instructions: "", declared: {}, policies: null };
  return { id: `srv_${slug}`, slug, name: slug, ...plain, capabilities: tools.map((name) => aToolView(name)), renamed: [], ...more };
}

export function aToolView(name: string, definition: JsonObject = {}): CapabilityView {
  const properties = { text: { type: "string" } };
  const whole = { name, description: `Does ${name}. At length.`, inputSchema: { type: "object", properties }, ...definition };
  return { id: `cap_${name}`, kind: "tool", name, exposedName: name, definition: whole };
}
