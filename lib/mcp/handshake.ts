import type { JsonObject } from "@/drizzle/schema/servers";
import type { Catalogue } from "@/lib/gateway/catalogue";
import type { PortalView, ServerView } from "@/lib/gateway/types";
import { limits } from "@/lib/limits";
import { isObject } from "./frame";
import { productVersion } from "./product";
import { negotiate, supportedVersions } from "./versions";

export const serverInfo = ({ portal }: PortalView) => ({ name: "gatehouse", title: portal.name, version: productVersion });

/** The answer to `initialize` (2025 eras). */
export function initializeResult(view: PortalView, catalogue: Catalogue, params: JsonObject): JsonObject {
  return {
    protocolVersion: negotiate(params.protocolVersion),
    capabilities: capabilities(view, catalogue),
    serverInfo: serverInfo(view),
    ...instructions(view, catalogue),
  };
}

/** The answer to `server/discover` (2026-07-28). */
export function discoverResult(view: PortalView, catalogue: Catalogue): JsonObject {
  return { supportedVersions, capabilities: capabilities(view, catalogue), ...instructions(view, catalogue) };
}

/** What this person's part of the portal implies. Lists may change in every portal, since its admins may change them. */
export function capabilities(view: PortalView, catalogue: Catalogue): JsonObject {
  const { served } = catalogue;
  const servers = serversOf(catalogue);
  const declared: JsonObject = {};
  if (served.tool.size > 0 || view.portal.portalTools) declared.tools = { listChanged: true };
  if (served.prompt.size > 0) declared.prompts = { listChanged: true };
  if (served.resource.size > 0 || served.template.size > 0)
    declared.resources = { listChanged: true, ...(servers.some(takesSubscriptions) && { subscribe: true }) };
  if (served.prompt.size > 0 || served.template.size > 0) declared.completions = {};
  if (servers.some(({ declared: own }) => isObject(own.logging))) declared.logging = {};
  return declared;
}

export const takesSubscriptions = ({ declared }: ServerView) => isObject(declared.resources) && declared.resources.subscribe === true;

export const announcesLists = ({ declared }: ServerView) =>
  [declared.tools, declared.prompts, declared.resources].some((part) => isObject(part) && part.listChanged === true);

/** The servers of which this person is served anything, in the portal's order. */
export function serversOf({ served }: Catalogue): ServerView[] {
  const found = new Map<string, ServerView>();
  for (const kind of ["tool", "prompt", "resource", "template"] as const) for (const { server } of served[kind].values()) found.set(server.id, server);
  return [...found.values()];
}

/** The portal's own words first, then each server's under its name. */
function instructions({ portal }: PortalView, catalogue: Catalogue): { instructions?: string } {
  const parts = serversOf(catalogue).flatMap(({ name, instructions: text }) => (text.trim() === "" ? [] : [`# ${name}\n${text.trim()}`]));
  const text = [portal.instructions.trim(), ...parts].filter((part) => part !== "").join("\n\n");
  return text === "" ? {} : { instructions: text.slice(0, limits.instructionsCharsMax) };
}
