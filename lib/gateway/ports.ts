import type { JsonObject } from "@/drizzle/schema/servers";
import type { CallLog } from "@/lib/activity/call-log";
import type { NoCredential, UpstreamFailure, UpstreamTarget } from "@/lib/mcp/upstream-types";
import type { Access } from "./access";
import type { CallSlots, SlotKind } from "./call-slots";
import type { Catalogue, Entry } from "./catalogue";
import type { ContextMode } from "./context-mode";
import type { Requested } from "./route";
import type { PortalView, ServerView } from "./types";

/** Who calls, through which client, into which portal: what admission found out. */
export type Caller = {
  grantId: string;
  /** The person, or the service token. */
  id: string;
  /** Null for a service token, which has no account anywhere. */
  personId: string | null;
  /** The person's address, or the name of the service token. */
  email: string;
  clientId: string | null;
  clientName: string;
  ip: string;
  /** What admitted them. */
  access: Access;
  view: PortalView;
  catalogue: Catalogue;
  /** What this client is shown of the tools. */
  context: ContextMode;
};

/** Why a name is not served, for the log and the admin only. */
export type Denial = {
  by: "server" | "grant" | "toggle" | "approval" | "none";
  serverId: string | null;
  serverName: string | null;
  capabilityName: string | null;
};

/** A server, as of one access version, and whose account is used there; null: the one that the admins share. */
export type TargetPlace = { orgId: string; serverId: string; accessVersion: number; personId: string | null };

/** Null where everybody uses an account of their own and the caller can have none: the shared one never stands in (UP-10). */
export function placeOf({ view, personId }: Caller, server: Pick<ServerView, "id" | "account">): TargetPlace | null {
  const isShared = server.account === "shared";
  if (!isShared && personId === null) return null;
  return { orgId: view.org.id, serverId: server.id, accessVersion: view.org.accessVersion, personId: isShared ? null : personId };
}

type Found = UpstreamTarget | NoCredential | null;

/** What the gateway needs from outside; wired in lib/endpoint. */
export type Ports = {
  log: CallLog;
  instanceId: string;
  now(): Date;
  /** A server with the credential of the account; null when it is gone. */
  target(at: TargetPlace): Found | Promise<Found>;
  /** After a 401 or 403: what to send the request with again, what is missing now, or null where the refusal says all there is to say. */
  afterRefusal(at: TargetPlace, target: UpstreamTarget, refusal: UpstreamFailure): Promise<UpstreamTarget | NoCredential | null>;
  /** A link under which this person, and nobody else, connects their account at the server. */
  connectLink(caller: Caller, server: ServerView): string;
  /** Calls back once, when the person has connected their account at the server; not for ever. */
  awaitConnection(caller: Caller, server: ServerView, tell: () => void): void;
  /** Looked up only when something is refused. */
  explain(view: PortalView, requested: Requested): Promise<Denial>;
  /** Whether a URI that a template matches is a resource of that server which is switched off or withheld. */
  isHiddenResource(view: PortalView, serverId: string, uri: string): Promise<boolean>;
  /** Switches a server off, or on again, for the caller's grant alone: in force with its next request, and its open streams hear of it. */
  switchServer(caller: Caller, server: ServerView, enabled: boolean): Promise<void>;
  slots: CallSlots;
  /** A call was refused because that was full. It is on record at most once a minute for each grant, so that refusing costs nothing. */
  crowded(caller: Caller, full: SlotKind): void;
};

export type CallResult =
  /** `raw` is the result's own JSON; `entry` what answered, null for an answer of the portal's own. */
  | { kind: "result"; result: JsonObject; raw: string; upstreamModern: boolean; entry: Entry | null }
  | { kind: "error"; code: number; message: string; data?: unknown; status?: number; retryAfterSeconds?: number };
