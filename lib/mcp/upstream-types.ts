import type { Pour } from "./pour";
import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";

/** Where a server is and how it is spoken to; `headers` carry the credential, already unsealed. */
export type UpstreamTarget = {
  orgId: string;
  serverId: string;
  url: string;
  headers: Record<string, string>;
  transport: "streamable_http" | "sse" | null;
  era: "modern" | "legacy" | null;
  /** The admin's word about the era; `auto` leaves it to the probe. */
  protocol: "auto" | "current" | "session";
  protocolVersion: string | null;
  callTimeoutMs: number;
  /** When the credential ends, where it does. */
  credentialUntil?: Date | null;
};

/**
 * There is no credential to reach a server with. `person`: the caller can connect an account of their own; `other`: they cannot do anything
 * about it. The sentence is for them, lower case and without a full stop.
 */
export type NoCredential = { missing: "person" | "other"; cause: string; person: string };

export const isMissing = (found: UpstreamTarget | NoCredential): found is NoCredential => "missing" in found;

/** A notification, or a request without its id, as it stands on the wire. */
export type PeerMessage = { method: string; params: JsonObject };

/** The client's side of a conversation, as far as a server may reach it. */
export type Peer = {
  /** Never throws and says nothing about delivery. */
  notify(message: PeerMessage): void;
  /** A server's request (sampling, elicitation, roots). Never rejects: a refusal, and `signal` aborting, is an error answer. */
  ask(message: PeerMessage, signal: Stop): Promise<PeerAnswer>;
  /** The server closed its stream in the middle of the work, to be polled again after that time (SEP-1699). */
  paused?(retryMs: number): void;
  /** Null while the client keeps up with what it is told; otherwise resolves when it has. Nothing more is read from the server before (ME-13). */
  whenRead?(): Promise<void> | null;
};
export type PeerAnswer = { result: JsonObject } | { error: UpstreamError };

/** Who speaks to a server. Two parties never share an upstream session, so nothing said to one can reach another (ME-07). */
export type UpstreamParty = {
  key: string;
  /** What this party's client can do, as far as we relay it; declared upstream. */
  capabilities: JsonObject;
  /** RFC 5424 name of the least severe log message that is wanted; null: none. */
  logLevel: string | null;
  /** For what the server says outside any request (the standalone stream of the 2025 eras); absent, that stream is not opened. */
  outside?: Peer;
};

/** How a large result is passed on to the client while it arrives. */
export type Passage = {
  /** Begins the client's answer; null where it has to be whole, for instance because a stream carries it. */
  open(): Pour | null;
  /** What comes before the members of the result. */
  head: string;
  /** Members of the result that are not passed on as they are. */
  holds: ReadonlySet<string>;
  /** What takes the place of those that were there, given as an object's text; members without the braces, or nothing. */
  tail(held: string): string;
};

export type UpstreamRequest = {
  method: string;
  params: JsonObject;
  party: UpstreamParty;
  /** For what the server says while it works on this request; absent, notifications are dropped and requests refused. */
  peer?: Peer;
  /** Whether `notifications/progress` is wanted; its params then reach `peer` without the token, which belongs to this hop. */
  progress?: boolean;
  signal?: Stop;
  /** Absent, every answer is collected first. What was passed on comes back as a result without its content. */
  passage?: Passage;
  /** Called once, when the first byte of this request goes out. */
  onDelivered?: () => void;
};

/** What a caller of `listenUpstream` wants to hear of. */
export type Watch = {
  party: UpstreamParty;
  /** `notifications/{tools,prompts,resources}/list_changed`. */
  lists: boolean;
  /** The server's own URIs, for `notifications/resources/updated`. */
  resources: readonly string[];
  on(message: PeerMessage): void;
  signal: AbortSignal;
};

export type UpstreamError = { code: number; message: string; data?: unknown };
/** `raw` is the result's JSON as the server wrote it, to the byte; `result` the same, parsed. */
export type UpstreamReply =
  | { kind: "result"; result: JsonObject; raw: string; bytes: number }
  | { kind: "error"; error: UpstreamError; bytes: number /** Our own refusal; no server was asked. */; isOurs?: true };

export type FailureCause =
  | "dns"
  | "refused"
  | "tls"
  | "timeout"
  | "reset"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "not_mcp"
  | "too_large"
  | "too_many"
  | "blocked"
  | "bad_answer"
  | "http_error"
  | "unavailable"
  | "cancelled";

/**
 * The upstream gave no usable answer. `person` is a sentence for people, without anything the upstream wrote.
 * `delivered` is false only when the request certainly never reached it.
 */
export class UpstreamFailure extends Error {
  readonly cause_: FailureCause;
  readonly delivered: boolean;
  readonly person: string;

  constructor(cause: FailureCause, person: string, delivered: boolean, more: { cause?: unknown } = {}) {
    super(`${cause}: ${person}`, more);
    this.name = "UpstreamFailure";
    this.cause_ = cause;
    this.person = person;
    this.delivered = delivered;
  }
}

export function isUpstreamFailure(error: unknown): error is UpstreamFailure {
  // By name: the server bundle and the page bundles each hold their own copy of the class.
  return error instanceof Error && error.name === "UpstreamFailure" && "cause_" in error;
}

/** Everything a server says about itself and offers, all pages of it. */
export type Inspection = {
  transport: "streamable_http" | "sse";
  era: "modern" | "legacy";
  protocolVersion: string;
  serverInfo: JsonObject;
  capabilities: JsonObject;
  instructions: string;
  tools: JsonObject[];
  prompts: JsonObject[];
  resources: JsonObject[];
  templates: JsonObject[];
  /** Each of those definitions as the server wrote it, to the byte. */
  written?: ReadonlyMap<JsonObject, string>;
};
