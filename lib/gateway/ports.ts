import type { JsonObject } from "@/drizzle/schema/servers";
import type { CallLog } from "@/lib/activity/call-log";
import type { UpstreamReply, UpstreamRequest, UpstreamTarget } from "@/lib/mcp/upstream-types";
import type { Access } from "./access";
import type { Catalogue } from "./catalogue";
import type { InFlight } from "./in-flight";
import type { Requested } from "./route";
import type { PortalView } from "./types";

/** Who calls, through which client, into which portal: what admission found out. */
export type Caller = {
  grantId: string;
  personId: string;
  email: string;
  clientId: string;
  clientName: string;
  ip: string;
  /** What admitted the person. */
  access: Access;
  view: PortalView;
  catalogue: Catalogue;
};

/** Why a name is not served, for the log and the admin only. */
export type Denial = { by: "server" | "toggle" | "approval" | "none"; serverId: string | null; serverName: string | null; capabilityName: string | null };

/** What the gateway needs from outside; wired in lib/endpoint. */
export type Ports = {
  log: CallLog;
  instanceId: string;
  now(): Date;
  target(orgId: string, serverId: string, accessVersion: number): Promise<UpstreamTarget | null>;
  send(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply>;
  /** Looked up only when something is refused. */
  explain(view: PortalView, requested: Requested): Promise<Denial>;
  /** Whether a URI that a template matches is a resource of that server which is switched off or withheld. */
  isHiddenResource(view: PortalView, serverId: string, uri: string): Promise<boolean>;
  perPerson: InFlight;
  perServer: InFlight;
};

export type CallResult =
  | { kind: "result"; result: JsonObject; upstreamModern: boolean }
  | { kind: "error"; code: number; message: string; data?: unknown; status?: number; retryAfterSeconds?: number };
