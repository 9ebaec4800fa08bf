import { randomBytes } from "node:crypto";
import { env } from "./env";

/** Tells the operator about a fault, one JSON line on stderr, and returns the request id to show to the person. */
export function reportFault(error: unknown, more: Record<string, string> = {}): string {
  const requestId = `req_${randomBytes(8).toString("hex")}`;
  const { name, stack, cause } = error instanceof Error ? error : { name: "Unknown", stack: undefined, cause: undefined };
  const place = stack?.split("\n").filter((line) => /^\s+at /.test(line));
  log("error", "fault", { requestId, name, error: faultWords(error), stack: place?.join("\n"), cause: cause && faultWords(cause), ...more });
  return requestId;
}

/**
 * What an error says, for the operator's log. A failed query names its statement and all its values, which are people's data and
 * hashes of their tokens; of that only the database's own words are kept (LG-05).
 */
export function faultWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 500);
  if (!error.message.startsWith("Failed query:")) return error.message.slice(0, 2_000);
  return `a query failed: ${error.cause instanceof Error ? error.cause.message.slice(0, 500) : "no cause given"}`;
}

/** A step of a sign-in, of an app at a portal or of a person at a server's provider. */
export type Step = "register" | "authorize" | "consent" | "token" | "revoke" | "connect" | "callback";

/** One line for the operator about one step; the reference leads through all steps of one sign-in, and is what the person is told. */
export function logStep(reference: string, step: Step, outcome: "ok" | "refused", more: Record<string, unknown> = {}): void {
  log(outcome === "ok" ? "info" : "warn", "sign_in_step", { reference, step, outcome, ...more });
}

const levels = ["debug", "info", "warn", "error"] as const;

/** One structured line for the operator, if they want to hear of such (`LOG_LEVEL`); JSON escapes control characters (LG-05). */
export function log(level: (typeof levels)[number], event: string, fields: Record<string, unknown> = {}): void {
  if (levels.indexOf(level) < levels.indexOf(wanted())) return;
  const line = JSON.stringify({ at: new Date().toISOString(), level, event, ...fields });
  (level === "debug" || level === "info" ? process.stdout : process.stderr).write(`${line}\n`);
}

function wanted(): (typeof levels)[number] {
  try {
    return env().LOG_LEVEL;
  } catch {
    // Settings that are wrong must not keep the operator from hearing of it.
    return "info";
  }
}
