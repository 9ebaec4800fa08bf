import type { JsonObject } from "@/drizzle/schema/servers";

/** Where a server is and how it is spoken to; `headers` carry the credential, already unsealed. */
export type UpstreamTarget = {
  orgId: string;
  serverId: string;
  url: string;
  headers: Record<string, string>;
  transport: "streamable_http" | "sse" | null;
  era: "modern" | "legacy" | null;
  protocolVersion: string | null;
  callTimeoutMs: number;
};

export type UpstreamRequest = {
  method: string;
  params: JsonObject;
  signal?: AbortSignal;
  /** Who asks: two people, or a person and the sync, never share an upstream session. */
  sessionKey: string;
  clientCapabilities?: JsonObject;
  /** Called once, when the first byte of this request goes out. */
  onDelivered?: () => void;
};

export type UpstreamError = { code: number; message: string; data?: unknown };
export type UpstreamReply = { kind: "result"; result: JsonObject; bytes: number } | { kind: "error"; error: UpstreamError; bytes: number };

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
};
