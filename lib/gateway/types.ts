import type { CapabilityKind, JsonObject } from "@/drizzle/schema/servers";
import type { Policy } from "@/lib/policies/schema";
import type { ContextMode } from "./context-mode";

/** One capability that is on in a portal, approved and present. `text` is the definition as it was stored, to the byte. */
export type CapabilityView = {
  id: string;
  kind: CapabilityKind;
  exposedName: string;
  name: string;
  fingerprint?: string;
  definition: JsonObject;
  text?: string;
};

/** A resource or template that clients of a portal know under another URI than its server, whether it is on or not. */
export type Renamed = Pick<CapabilityView, "kind" | "name" | "exposedName">;

export type ServerView = {
  id: string;
  slug: string;
  name: string;
  status: "waiting" | "ready" | "stale" | "error";
  errorMessage: string | null;
  /** Whose account is used there in this portal: the one the admins share, or each person's own. */
  account: "shared" | "personal";
  /** What it says of itself, and declares (`ServerCapabilities`), as of the last sync. */
  instructions: string;
  declared: JsonObject;
  /** Null: everyone the portal admits. */
  policies: Policy[] | null;
  capabilities: CapabilityView[];
  renamed: readonly Renamed[];
};

/** One portal as the gateway sees it: plain data, valid for one access version. */
export type PortalView = {
  org: { id: string; slug: string; name: string; accessVersion: number };
  portal: {
    id: string;
    slug: string;
    name: string;
    description: string;
    instructions: string;
    contact: string;
    enabled: boolean;
    /** Whether the portal has tools of its own, and what clients then see of the others. */
    portalTools: boolean;
    contextMode: ContextMode;
  };
  policies: Policy[];
  servers: ServerView[];
};
