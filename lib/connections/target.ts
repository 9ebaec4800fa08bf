import { and, eq } from "drizzle-orm";
import { connections } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { type AuthCause, type Failed, onUnauthorized, upstreamHeaders } from "@/lib/mcp/upstream-auth";
import { challengeOf } from "@/lib/mcp/upstream";
import type { NoCredential, UpstreamFailure, UpstreamTarget } from "@/lib/mcp/upstream-types";
import { loadServer } from "@/lib/servers/credential";
import { authPorts, loadConnection } from "./connection";
import { type ConnectionRef, openedOr, openHeaders } from "./sealed";
import { noteChallenge, theConnection } from "./store";

/**
 * A server with the credential of whoever calls: a person's own, or with no person the one that the admins share. Where a person's own is
 * missing there is none; nobody else's stands in for it (UP-10). Null when the server is gone.
 */
export async function loadTarget(db: Database, orgId: string, serverId: string, personId: string | null): Promise<UpstreamTarget | NoCredential | null> {
  const server = await loadServer(db, orgId, serverId);
  if (!server) return null;
  const { auth, target } = server;
  const ref = { orgId, serverId, personId };
  if (auth === "oauth") return withTokens(db, ref, target);
  if (personId === null || auth === "none") return target;
  const [own] = await db
    .select({ kind: connections.kind, secret: connections.secret, state: connections.state })
    .from(connections)
    .where(theConnection(ref))
    .limit(1);
  if (own?.kind !== auth) return missing(ref, "not_connected");
  const headers = own.state === "active" ? openedOr(null, () => openHeaders(ref, own.secret)) : null;
  return headers ? { ...target, headers } : missing(ref, "reconnect");
}

async function withTokens(db: Database, ref: ConnectionRef, target: UpstreamTarget): Promise<UpstreamTarget | NoCredential | null> {
  const connection = await loadConnection(db, ref);
  if (!connection) return null;
  const found = await upstreamHeaders(connection, authPorts());
  if (found.kind === "failed") return failedToLoad(db, ref, found);
  const [row] = await db.select({ expiresAt: connections.expiresAt }).from(connections).where(theConnection(ref)).limit(1);
  return { ...target, headers: found.headers, credentialUntil: row?.expiresAt ?? null };
}

async function failedToLoad(db: Database, ref: ConnectionRef, { cause, person }: Failed): Promise<NoCredential> {
  if (cause === "not_connected" || cause === "reconnect") return missing(ref, cause);
  await noteProblem(db, ref, cause);
  return { missing: "other", cause, person };
}

/**
 * The server refused a request with 401 or 403. What it may be sent with again, once; what is missing from now on; or null where nothing is
 * known beyond the refusal. Tokens are renewed at most once, never in a loop (UP-16).
 */
export async function afterRefusal(
  db: Database,
  target: UpstreamTarget,
  personId: string | null,
  refusal: UpstreamFailure,
): Promise<UpstreamTarget | NoCredential | null> {
  const ref: ConnectionRef = { orgId: target.orgId, serverId: target.serverId, personId };
  const status = refusal.cause_ === "forbidden" ? 403 : 401;
  const connection = await loadConnection(db, ref);
  if (!connection) return personId === null ? null : keyRefused(db, ref, status);
  const answer = await onUnauthorized(connection, { status, challenge: challengeOf(refusal), headers: target.headers }, authPorts());
  if (answer.kind === "authorized") return { ...target, headers: answer.headers };
  if (answer.kind === "failed" && answer.cause === "forbidden") return { missing: "other", cause: "forbidden", person: answer.person };
  if (answer.kind === "failed") return failedToLoad(db, ref, answer);
  // Fewer permissions than one tool wants are still good for the others, so the tokens stay in use.
  await noteChallenge(db, ref, answer.challenge, status === 403 ? "forbidden" : "reconnect", new Date());
  return missing(ref, status === 403 ? "forbidden" : "reconnect");
}

async function keyRefused(db: Database, ref: ConnectionRef, status: 401 | 403): Promise<NoCredential | null> {
  if (status === 403) return { missing: "other", cause: "forbidden", person: "the server knows your key and refuses it for this" };
  const now = new Date();
  const marked = await db
    .update(connections)
    .set({ state: "reconnect", lastError: "unauthorized", lastErrorAt: now })
    .where(theConnection(ref))
    .returning({ id: connections.id });
  return marked.length > 0 ? missing(ref, "reconnect") : null;
}

async function noteProblem(db: Database, ref: ConnectionRef, cause: AuthCause): Promise<void> {
  await db
    .update(connections)
    .set({ lastError: cause, lastErrorAt: new Date() })
    .where(and(theConnection(ref), eq(connections.state, "active")));
}

type Missing = "not_connected" | "reconnect" | "forbidden";

function missing({ personId }: ConnectionRef, cause: Missing): NoCredential {
  if (personId !== null) return { missing: "person", cause, person: own[cause] };
  return { missing: "other", cause, person: shared[cause] };
}

const own: Record<Missing, string> = {
  not_connected: "connect your account to use it",
  reconnect: "your connection has ended; connect your account again",
  forbidden: "your account needs more permissions for this; connect it again",
};
const shared: Record<Missing, string> = {
  not_connected: "no shared account is connected; an admin has to connect one",
  reconnect: "the shared account's connection has ended; an admin has to connect it again",
  forbidden: "the shared account needs more permissions; an admin has to connect it again",
};
