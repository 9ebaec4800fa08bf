import type { JsonObject } from "@/drizzle/schema/servers";
import type { Catalogue } from "@/lib/gateway/catalogue";
import type { PortalView } from "@/lib/gateway/types";
import { productVersion } from "./product";
import { negotiate, supportedVersions } from "./versions";

export const serverInfo = ({ portal }: PortalView) => ({ name: "gatehouse", title: portal.name, version: productVersion });

/** The answer to `initialize` (2025 eras). */
export function initializeResult(view: PortalView, catalogue: Catalogue, params: JsonObject): JsonObject {
  return {
    protocolVersion: negotiate(params.protocolVersion),
    capabilities: capabilities(catalogue),
    serverInfo: serverInfo(view),
    ...(view.portal.instructions && { instructions: view.portal.instructions }),
  };
}

/** The answer to `server/discover` (2026-07-28). */
export function discoverResult(view: PortalView, catalogue: Catalogue): JsonObject {
  return {
    supportedVersions,
    capabilities: capabilities(catalogue),
    ...(view.portal.instructions && { instructions: view.portal.instructions }),
  };
}

/** What this person's part of the portal implies. List changes are not announced yet, so `listChanged` is not declared. */
function capabilities({ served }: Catalogue): JsonObject {
  const declared: JsonObject = {};
  if (served.tool.size > 0) declared.tools = {};
  if (served.prompt.size > 0) declared.prompts = {};
  if (served.resource.size > 0 || served.template.size > 0) declared.resources = {};
  if (served.prompt.size > 0 || served.template.size > 0) declared.completions = {};
  return declared;
}
