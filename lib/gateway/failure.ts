import type { CallOutcome } from "@/drizzle/schema/activity";
import { isUpstreamFailure } from "@/lib/mcp/upstream-types";
import { reportFault } from "@/lib/report";
import type { CallResult } from "./ports";
import type { CallMethod } from "./route";

/** A call that got no answer: what the log keeps, and what the person reads. */
export type Failure = { outcome: Exclude<CallOutcome, "pending">; cause: string; person: string };

export function failureOf(error: unknown, serverName: string): Failure {
  if (!isUpstreamFailure(error)) {
    const requestId = reportFault(error);
    return {
      outcome: "refused",
      cause: `fault ${requestId}`,
      person: `Something went wrong on our side while calling ${serverName}. It is logged as ${requestId}.`,
    };
  }
  const { cause_: cause } = error;
  // The upstream's 401 or 403 speaks of *our* credential; as an HTTP status it would send the client to sign in again (UP-09).
  if (cause === "unauthorized" || cause === "forbidden") {
    return { outcome: "upstream_error", cause, person: `${serverName} refused the call: its credential was refused; an admin has to renew it.` };
  }
  const person = error.person.includes(serverName) ? error.person : `${serverName}: ${error.person}`;
  return { outcome: cause === "timeout" ? "timeout" : cause === "cancelled" ? "cancelled" : "unreachable", cause, person };
}

/** A tool's failure is a result the model can read and react to; prompts and resources have only errors for that. */
export function failureResult(method: CallMethod, { person }: Failure, callId: string): CallResult {
  const text = `${person} (call ${callId})`;
  if (method !== "tools/call") return { kind: "error", code: -32603, message: text };
  const result = { content: [{ type: "text", text }], isError: true };
  return { kind: "result", result, raw: JSON.stringify(result), upstreamModern: false, entry: null };
}
