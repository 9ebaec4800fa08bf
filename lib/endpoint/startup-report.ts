import type { OpenDatabase } from "@/lib/db/open";
import type { Env } from "@/lib/env";

/** What a start decided, in a few calm lines. The last names the address; tests and people wait for it. */
export function startupReport(settings: Env, database: Pick<OpenDatabase, "door">, setupCode: string | null, nodeVersion: string): string[] {
  return [
    ...nodeWarning(nodeVersion),
    `  Database   ${databaseLine(settings, database.door)}`,
    `  Calls      ${settings.callLog === "spool" ? `on record in ${settings.DATA_DIR}/spool first, then in the database` : "on record in the database first"}`,
    `  Mail       ${settings.SMTP_URL ? `through ${new URL(settings.SMTP_URL).hostname}` : `written to ${settings.DATA_DIR}/outbox, set SMTP_URL to send it`}`,
    `  Sign-up    ${signUpLine(settings, setupCode)}`,
    `  Outbound   ${settings.egressAllow.length > 0 ? `public https, and by exception: ${settings.egressAllow.join(", ")}` : "public https only"}`,
    `Gatehouse is ready at ${settings.publicUrl}`,
  ];
}

function databaseLine({ DATABASE_URL, DATA_DIR }: Env, door: OpenDatabase["door"]): string {
  if (door === "pglite") return `embedded, in ${DATA_DIR}; set DATABASE_URL for PostgreSQL`;
  const { hostname, pathname } = new URL(DATABASE_URL ?? "postgres://unknown");
  return `${door === "neon" ? "Neon" : "PostgreSQL"} at ${hostname}${pathname}`;
}

function signUpLine({ signUp, isLoopback }: Env, setupCode: string | null): string {
  if (signUp === "open") return isLoopback ? "open to whoever reaches this address" : "open";
  if (signUp === "invited") return "by invitation";
  return setupCode ? `the first account needs this code: ${setupCode}` : "by invitation; set SIGN_UP to change that";
}

// The first releases with the fix of CVE-2026-111497; Node 20 gets none any more.
const floors: Record<number, [minor: number, patch: number]> = { 22: [23, 4], 24: [22, 1], 26: [12, 1] };

/** One line when this Node misses security fixes; it is a warning only, since build machines are slower to move than people. */
export function nodeWarning(version: string): string[] {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, "").split(".").map(Number);
  const floor = floors[major];
  if (floor && (minor > floor[0] || (minor === floor[0] && patch >= floor[1]))) return [];
  if (major > 26) return [];
  return [`  Node.js    ${version} misses security fixes; use 22.23.4, 24.22.1, 26.12.1 or newer`];
}
