import { recordAccess } from "@/lib/activity/record";
import { addressPrefix } from "@/lib/auth/client-address";
import type { SlotKind } from "@/lib/gateway/call-slots";
import type { Caller } from "@/lib/gateway/ports";
import { errorText, rpc } from "@/lib/mcp/frame";
import type { Endpoint } from "./endpoint";
import type { McpInput, McpOutput } from "./handle";
import type { OverRate } from "./rates";

/** 429 when a grant, person or organization asks faster than it may; null when it may go on. Nothing of the request has been read yet. */
export function overRate(endpoint: Endpoint, input: McpInput, caller: Caller): McpOutput | null {
  const found = endpoint.rates.check(caller);
  if (!found) return null;
  noteLimit(endpoint, caller, reasonOf(found));
  return refusal(input.header, 429, `too many requests: slow down (limit of the ${wordOf(found.over)})`, found.retryAfterSeconds);
}

/** 429 for an address that many refused tokens came from; null for any other. Asked before a token is looked up. */
export function strangerOverRate({ rates: { strangers } }: Endpoint, input: McpInput): McpOutput | null {
  if (strangers.size === 0) return null;
  const seconds = strangers.wait(addressPrefix(input.ip), performance.now());
  return seconds > 0 ? refusal(input.header, 429, "too many refused tokens came from this address", seconds) : null;
}

/** A request without a token costs no look-up, and is how every sign-in begins. */
export function countStranger({ rates: { strangers } }: Endpoint, input: McpInput): void {
  if (input.header("authorization") !== undefined) strangers.take(addressPrefix(input.ip), performance.now());
}

/** 503: this process has more to do than it can. */
export const overloaded = (header: McpInput["header"]): McpOutput =>
  refusal(header, 503, "the portal has too much to do now, try again shortly", 1 + Math.floor(Math.random() * 3));

/** Refusing costs next to nothing, so it must leave no row each: one event a minute for each grant says that it happened. */
export function noteLimit(endpoint: Pick<Endpoint, "limited" | "background" | "db" | "ports">, caller: Caller, reason: string): void {
  const now = endpoint.ports.now();
  if (!endpoint.limited.isDue(caller.grantId, now)) return;
  const { view, personId, email, clientId, clientName, ip } = caller;
  endpoint.background.run("a limit that was reached could not be recorded", () =>
    recordAccess(endpoint.db, now, {
      kind: "throttled",
      outcome: "refused",
      reason,
      orgId: view.org.id,
      personId,
      email,
      portalId: view.portal.id,
      portalName: view.portal.name,
      clientId,
      clientName,
      ip,
    }),
  );
}

export const crowdedReason = (full: SlotKind) => `more calls at once than a ${wordOf(full)} may have`;

const reasonOf = ({ over }: OverRate) => `more requests a second than a ${wordOf(over)} may send`;
const wordOf = (kind: SlotKind) => (kind === "grant" ? "client" : kind);

function refusal(header: McpInput["header"], status: number, message: string, retryAfterSeconds: number): McpOutput {
  return {
    status,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "retry-after": String(retryAfterSeconds),
      // A small body is skipped and the connection stays; a large one must not be received only to be thrown away.
      ...(isLargeBody(header) && { connection: "close" }),
    },
    body: errorText(null, { code: rpc.refused, message }),
  };
}

const isLargeBody = (header: McpInput["header"]) => header("transfer-encoding") !== undefined || Number(header("content-length") ?? 0) > 65_536;
