import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import type { Policy } from "@/lib/policies/schema";

/** One capability that is on in a portal, approved and present. */
export type CapabilityView = { id: string; kind: CapabilityKind; exposedName: string; name: string; definition: JsonObject };

export type ServerView = {
  id: string;
  slug: string;
  name: string;
  status: "waiting" | "ready" | "stale" | "error";
  errorMessage: string | null;
  /** Null: everyone the portal admits. */
  policies: Policy[] | null;
  capabilities: CapabilityView[];
};

/** One portal as the gateway sees it: plain data, valid for one access version. */
export type PortalView = {
  org: { id: string; slug: string; name: string; accessVersion: number };
  portal: { id: string; slug: string; name: string; description: string; instructions: string; contact: string; enabled: boolean };
  policies: Policy[];
  servers: ServerView[];
};
