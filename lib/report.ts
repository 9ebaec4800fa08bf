import { randomBytes } from "node:crypto";

/** Tells the operator about a fault, one JSON line on stderr, and returns the request id to show to the person. */
export function reportFault(error: unknown, more: Record<string, string> = {}): string {
  const requestId = `req_${randomBytes(8).toString("hex")}`;
  const { name, message, stack, cause } = error instanceof Error ? error : { name: "Unknown", message: String(error), stack: undefined, cause: undefined };
  log("error", "fault", { requestId, name, error: message, stack, cause: cause instanceof Error ? cause.message : undefined, ...more });
  return requestId;
}

/** One structured line for the operator; JSON escapes control characters (LG-05). */
export function log(level: "info" | "warn" | "error", event: string, fields: Record<string, unknown> = {}): void {
  const line = JSON.stringify({ at: new Date().toISOString(), level, event, ...fields });
  (level === "info" ? process.stdout : process.stderr).write(`${line}\n`);
}
