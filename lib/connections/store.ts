import { and, eq, isNull, lt, or, sql } from "drizzle-orm";
import { connections, servers } from "@/drizzle/schema";
import { secretFingerprint } from "@/lib/crypto/seal";
import type { Database } from "@/lib/db/types";
import { AppError } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import type { Challenge, ConnectionStore, UpstreamCredential } from "@/lib/mcp/upstream-auth";
import { dropClient, loadClient, saveClient } from "./clients";
import { type ConnectionRef, openCredential, sealCredential, openedOr, type StoredCredential } from "./sealed";

const leaseMs = 30_000;
const askAgainMs = 100;

/** What somebody does with a connection now, and how that is written down in the transaction of the change. */
export type Occasion = { kind: "connect" | "disconnect"; record(tx: Database): Promise<void> };

/** A connection's rows. Only who connects makes one appear where none is. */
export function connectionStore(db: Database, ref: ConnectionRef, serverUrl: string, occasion: Occasion | null): ConnectionStore {
  const inserts = occasion?.kind === "connect";
  return {
    loadClient: (issuer) => loadClient(db, ref, issuer),
    saveClient: (client) => saveClient(db, ref, client),
    dropClient: (issuer) => dropClient(db, ref, issuer),
    loadCredential: () => loadCredential(db, ref),
    saveCredential: (credential) => (inserts ? insertCredential(db, ref, credential, serverUrl, occasion) : updateCredential(db, ref, credential)),
    dropCredential: () => dropConnection(db, ref, occasion),
    exclusively: (work) => exclusively(db, ref, work),
  };
}

export const theConnection = ({ orgId, serverId, personId }: ConnectionRef) =>
  and(eq(connections.orgId, orgId), eq(connections.serverId, serverId), personId === null ? isNull(connections.personId) : eq(connections.personId, personId));

export async function loadCredential(db: Database, ref: ConnectionRef): Promise<StoredCredential | null> {
  const [found] = await db
    .select({ secret: connections.secret })
    .from(connections)
    .where(and(theConnection(ref), eq(connections.kind, "oauth")))
    .limit(1);
  // A row that cannot be opened any more is as good as none: the person connects again (CR-04).
  return found ? openedOr(null, () => openCredential(ref, found.secret)) : null;
}

/** What the server wants beyond the tokens that are there; the next authorization asks for it. The tokens stay as good as they are. */
export async function noteChallenge(db: Database, ref: ConnectionRef, challenge: Challenge | null, cause: string, now: Date): Promise<void> {
  const credential = await loadCredential(db, ref);
  if (!credential) return;
  await db
    .update(connections)
    .set({ secret: sealCredential(ref, { ...credential, challenge }), state: "reconnect", lastError: cause, lastErrorAt: now })
    // Not over tokens that came meanwhile.
    .where(and(theConnection(ref), eq(connections.fingerprint, secretFingerprint(credential.accessToken))));
}

function columns(ref: ConnectionRef, credential: UpstreamCredential) {
  const { issuer, state, account, expiresAt, refreshToken, accessToken } = credential;
  const now = new Date();
  return {
    kind: "oauth" as const,
    issuer,
    secret: sealCredential(ref, { ...credential, challenge: null }),
    fingerprint: secretFingerprint(accessToken),
    state,
    account: account ?? "",
    expiresAt,
    renews: refreshToken !== null,
    lastError: state === "reconnect" ? "reconnect" : null,
    lastErrorAt: state === "reconnect" ? now : null,
    updatedAt: now,
  };
}

/** A renewal ends in the row that is there; one that was disconnected meanwhile does not come back. */
async function updateCredential(db: Database, ref: ConnectionRef, credential: UpstreamCredential): Promise<void> {
  await db
    .update(connections)
    .set(columns(ref, credential))
    .where(and(theConnection(ref), eq(connections.kind, "oauth")));
}

async function insertCredential(db: Database, ref: ConnectionRef, credential: UpstreamCredential, serverUrl: string, occasion: Occasion): Promise<void> {
  await db.transaction(async (tx) => {
    const [server] = await tx
      .select({ url: servers.url, auth: servers.auth })
      .from(servers)
      .where(and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId)))
      .for("share");
    // Tokens for the server that stood here when the person left must not go to another one (UP-20).
    if (server?.url !== serverUrl || server.auth !== "oauth") throw new AppError("conflict", "the server was changed while you signed in; connect again");
    const values = { ...columns(ref, credential), ...ref, createdAt: new Date() };
    await tx.delete(connections).where(theConnection(ref));
    await tx.insert(connections).values({ id: newId("con"), ...values });
    await occasion.record(tx);
    await bumpAccessVersion(tx, ref.orgId);
  });
}

/** Deletes a connection of whatever kind; the next call does without it. */
export async function dropConnection(db: Database, ref: ConnectionRef, occasion: Occasion | null): Promise<void> {
  await db.transaction(async (tx) => {
    const dropped = await tx.delete(connections).where(theConnection(ref)).returning({ id: connections.id });
    if (dropped.length === 0) return;
    await occasion?.record(tx);
    await bumpAccessVersion(tx, ref.orgId);
  });
}

async function exclusively<T>(db: Database, ref: ConnectionRef, work: () => Promise<T>): Promise<T> {
  const until = Date.now() + leaseMs + 5_000;
  for (;;) {
    const lease = await takeLease(db, ref);
    if (lease === "busy") {
      if (Date.now() > until) throw new AppError("conflict", "the connection is being renewed; try again shortly");
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      continue;
    }
    try {
      return await work();
    } finally {
      if (lease !== "none")
        await db
          .update(connections)
          .set({ leaseUntil: null })
          .where(and(theConnection(ref), eq(connections.leaseUntil, lease)));
    }
  }
}

/** `none`: there is no row to hold, and so nothing to renew. */
async function takeLease(db: Database, ref: ConnectionRef): Promise<Date | "busy" | "none"> {
  const now = new Date();
  const lease = new Date(now.getTime() + leaseMs);
  const taken = await db
    .update(connections)
    .set({ leaseUntil: lease })
    .where(and(theConnection(ref), or(isNull(connections.leaseUntil), lt(connections.leaseUntil, now))))
    .returning({ id: connections.id });
  if (taken.length > 0) return lease;
  const [exists] = await db.select({ one: sql`1` }).from(connections).where(theConnection(ref)).limit(1);
  return exists ? "busy" : "none";
}
