import { isEgressError } from "@/lib/egress/request";
import { SseTooLarge } from "../sse";
import { type FailureCause, isUpstreamFailure, type UpstreamError, UpstreamFailure, type UpstreamReply } from "../upstream-types";

/** One sentence a cause, for people: lower case, no full stop, nothing the upstream wrote. */
const sentences: Record<FailureCause, string> = {
  dns: "the server's name cannot be found; is the address spelled right?",
  refused: "nothing answers at the server's address; is the server running?",
  tls: "a secure connection to the server failed; its certificate may be expired, self-signed or for another name",
  timeout: "the server did not answer in time",
  reset: "the server closed the connection before it answered",
  unauthorized: "the server refused the credential, or asks for one (401)",
  forbidden: "the server knows the credential and refuses it (403)",
  not_found: "the server has nothing at this path (404); is the path right? It often ends in `/mcp`",
  not_mcp: "the server answered with something that is not MCP; is the path right?",
  too_large: "the server's answer is larger than Gatehouse takes",
  too_many: "the server offers more than Gatehouse takes",
  blocked: "the address is plain http or leads into a private network, which the operator has not allowed",
  bad_answer: "the server's answer breaks the MCP protocol",
  http_error: "the server answered with an error",
  unavailable: "the server failed several times in a row; it is tried again shortly",
  cancelled: "the call was cancelled",
};

export const failure = (cause: FailureCause, delivered: boolean, person: string = sentences[cause], original?: unknown) =>
  new UpstreamFailure(cause, person, delivered, { cause: original });

/** Anything that can go wrong between us and the upstream, as the one error of this room. */
export function toFailure(error: unknown, deliveredBefore = false): UpstreamFailure {
  if (isUpstreamFailure(error)) return error.delivered || !deliveredBefore ? error : failure(error.cause_, true, error.person, error.cause);
  if (error instanceof SseTooLarge) return failure("too_large", true);
  if (!isEgressError(error)) return failure("bad_answer", true, undefined, error);
  const delivered = error.delivered || deliveredBefore;
  switch (error.cause_) {
    case "aborted":
      return failure("cancelled", delivered, undefined, error);
    case "redirect":
      return failure("http_error", delivered, "the server redirects elsewhere; enter the address it redirects to", error);
    case "encoding":
      return failure("bad_answer", delivered, "the server compresses its answers though it was asked not to", error);
    case "invalid_url":
      return failure("blocked", delivered, "the address or a header is not valid", error);
    default:
      return failure(error.cause_, delivered, undefined, error);
  }
}

/** The failure that a status without a usable message stands for. */
export function statusFailure(status: number, isWebPage: boolean, challenge: string | null = null): UpstreamFailure {
  if (status === 401) return failure("unauthorized", true, undefined, challenge);
  if (status === 403) return failure("forbidden", true, undefined, challenge);
  if (status === 404 || status === 410) return failure("not_found", true);
  if (isWebPage) return failure("not_mcp", true, "the server answered with a web page; is the path right?");
  if (status === 405 || status === 406) return failure("not_mcp", true, `the server takes no MCP requests at this path (${status}); is the path right?`);
  if (status === 429) return failure("http_error", true, "the server says there were too many requests (429)");
  return failure("http_error", true, `the server answered with status ${status}`, status >= 500 ? serverFault : undefined);
}

/** The challenge of an answer, to go with its status. */
export const challengeIn = ({ headers }: { headers: Record<string, string> }): string | null => headers["www-authenticate"] ?? null;

/** What the server's `WWW-Authenticate` asked for when it refused with 401 or 403. */
export const challengeOf = ({ cause_, cause }: UpstreamFailure): string | null =>
  (cause_ === "unauthorized" || cause_ === "forbidden") && typeof cause === "string" ? cause : null;

const serverFault = "server fault";

/** Whether this speaks of the server being unwell, rather than of this one request (AV-04). */
export function isServerFault({ cause_, cause }: UpstreamFailure): boolean {
  return cause_ === "http_error" ? cause === serverFault : ["dns", "refused", "tls", "timeout", "reset"].includes(cause_);
}

/** The server knows nothing of the session, so it has not carried the request out. `settle` is what its answer means if it stays so. */
export class SessionLost extends Error {
  constructor(readonly settle: () => UpstreamReply) {
    super("the server has lost the session");
    this.name = "SessionLost";
  }
}

/** The server refused the request as one of an era that it does not speak. `settle` is what it means when it speaks it after all. */
export class WrongEra extends Error {
  constructor(readonly settle: () => UpstreamReply) {
    super("the server speaks another era");
    this.name = "WrongEra";
  }
}

/** The server refused a subscription, in its own words. */
export class SubscriptionRefused extends Error {
  constructor(readonly error: UpstreamError) {
    super(`the subscription was refused (error ${error.code})`);
    this.name = "SubscriptionRefused";
  }
}

// By name: a conversation may have been opened by another bundle's copy of the class.
export const isSessionLost = (error: unknown): error is SessionLost => error instanceof Error && error.name === "SessionLost";
export const isWrongEra = (error: unknown): error is WrongEra => error instanceof Error && error.name === "WrongEra";
export const isSubscriptionRefused = (error: unknown): error is SubscriptionRefused => error instanceof Error && error.name === "SubscriptionRefused";
