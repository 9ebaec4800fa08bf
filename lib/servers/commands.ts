import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { capabilities, servers } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { dropConnections, dropOAuth } from "@/lib/connections/drop";
import { clientOfNewServer, storeFirstClient } from "@/lib/connections/hand-client";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { headerNamesOf, sealedCredential } from "./credential";
import type { CreateServer, Credential, protocols, UpdateServer } from "./schema";
import { type SyncResult, syncServer } from "./sync";

/** Adds a server; it waits for its first sync. */
export async function createServer(ctx: OrgContext, input: CreateServer): Promise<{ id: string }> {
  requireRight(ctx, "servers.manage");
  const id = newId("srv", ctx.now.getTime());
  const { url, name, slug, description, scopes } = input;
  const client = input.clientId ? await clientOfNewServer(ctx.org.id, input) : null;
  const oauth = scopes.length > 0 ? { scopes, allowUnannouncedS256: false, manual: null } : null;
  const credential = sealedCredential(ctx.org.id, id, input, ctx.now);
  await taken(slug, () =>
    ctx.db.transaction(async (tx) => {
      await tx.insert(servers).values({ id, orgId: ctx.org.id, url, name, slug, description, oauth, ...credential, nextSyncAt: ctx.now });
      await recordAudit(tx, ctx, {
        action: "server.created",
        target: { kind: "server", id, name },
        after: { url, name, slug, description, auth: input.auth, credential: credential.secretFingerprint, ...(oauth && { scopes }) },
      });
      if (client) await storeFirstClient(tx, ctx, { id, name }, client);
    }),
  );
  return { id };
}

/**
 * Changes what an admin may change. Another URL is another server: its credential is dropped and everything it offered has to
 * be seen and accepted again, or an admin could send the old one's credential anywhere (UP-20, SC-09).
 */
export async function updateServer(ctx: OrgContext, input: UpdateServer): Promise<{ urlChanged: boolean }> {
  requireRight(ctx, "servers.manage");
  const after = { url: input.url, name: input.name, description: input.description, callTimeoutMs: input.callTimeoutSeconds * 1_000 };
  return ctx.db.transaction(async (tx) => {
    const before = await lockServer(tx, ctx, input.serverId);
    const urlChanged = before.url !== input.url;
    await tx
      .update(servers)
      .set({ ...after, ...(urlChanged ? forgotten(ctx.now) : {}) })
      .where(mine(ctx, input.serverId));
    if (urlChanged) {
      await tx
        .update(capabilities)
        .set({ approvedFingerprint: null })
        .where(and(eq(capabilities.orgId, ctx.org.id), eq(capabilities.serverId, input.serverId)));
    }
    const dropped = urlChanged ? await dropEverybody(tx, ctx, input.serverId) : 0;
    await recordAudit(tx, ctx, {
      action: "server.updated",
      target: { kind: "server", id: input.serverId, name: input.name },
      before: pick(before),
      after: { ...after, credentialDropped: urlChanged, ...(dropped > 0 && { connectionsDropped: dropped }) },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    return { urlChanged };
  });
}

/** Replaces the credential. Nobody can read it back; the record holds fingerprints only (TN-10). */
export async function setServerSecret(ctx: OrgContext, input: Credential & { serverId: string }): Promise<void> {
  requireRight(ctx, "servers.manage");
  const credential = sealedCredential(ctx.org.id, input.serverId, input, ctx.now);
  await ctx.db.transaction(async (tx) => {
    const before = await lockServer(tx, ctx, input.serverId);
    await tx
      .update(servers)
      .set({ ...credential, nextSyncAt: ctx.now })
      .where(mine(ctx, input.serverId));
    // What people connected is of another kind now, or for other headers.
    const names = (secret: string | null) => headerNamesOf(ctx.org.id, input.serverId, secret).sort().join();
    const isOther = before.auth !== credential.auth || names(before.secret) !== names(credential.secret);
    const dropped = isOther ? await dropEverybody(tx, ctx, input.serverId) : 0;
    await recordAudit(tx, ctx, {
      action: "server.credential_set",
      target: { kind: "server", id: input.serverId, name: before.name },
      before: { auth: before.auth, credential: before.secretFingerprint },
      after: { auth: credential.auth, credential: credential.secretFingerprint, ...(dropped > 0 && { connectionsDropped: dropped }) },
    });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Which era the server is spoken to in. What was found out before is forgotten, so the next use probes anew or takes the word. */
export async function setServerProtocol(ctx: OrgContext, input: { serverId: string; protocol: (typeof protocols)[number] }): Promise<{ changed: boolean }> {
  requireRight(ctx, "servers.manage");
  return ctx.db.transaction(async (tx) => {
    const before = await lockServer(tx, ctx, input.serverId);
    if (before.protocol === input.protocol) return { changed: false };
    await tx
      .update(servers)
      .set({ protocol: input.protocol, ...unprobed, nextSyncAt: ctx.now })
      .where(mine(ctx, input.serverId));
    await recordAudit(tx, ctx, {
      action: "server.protocol_set",
      target: { kind: "server", id: input.serverId, name: before.name },
      before: { protocol: before.protocol },
      after: { protocol: input.protocol },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    return { changed: true };
  });
}

/** Deletes a server with its capabilities, toggles and attached policies; calls on record stay. */
export async function deleteServer(ctx: OrgContext, input: { serverId: string }): Promise<void> {
  requireRight(ctx, "servers.manage");
  await ctx.db.transaction(async (tx) => {
    const before = await lockServer(tx, ctx, input.serverId);
    await tx.delete(servers).where(mine(ctx, input.serverId));
    await recordAudit(tx, ctx, { action: "server.deleted", target: { kind: "server", id: input.serverId, name: before.name }, before: pick(before) });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Approves capabilities in their present form: new ones, and changed ones that were withheld. Switches nothing on. */
export async function acceptCapabilities(ctx: OrgContext, input: { serverId: string; capability: string[] }): Promise<{ accepted: number }> {
  requireRight(ctx, "servers.manage");
  return ctx.db.transaction(async (tx) => {
    const server = await lockServer(tx, ctx, input.serverId);
    const chosen = and(eq(capabilities.orgId, ctx.org.id), eq(capabilities.serverId, input.serverId), inArray(capabilities.id, input.capability));
    const found = await tx
      .select({
        id: capabilities.id,
        kind: capabilities.kind,
        name: capabilities.name,
        fingerprint: capabilities.fingerprint,
        approved: capabilities.approvedFingerprint,
      })
      .from(capabilities)
      .where(and(chosen, isNull(capabilities.missingSince)));
    const missing = input.capability.find((id) => !found.some((row) => row.id === id));
    if (missing) throw notFound("capability", missing);
    await tx
      .update(capabilities)
      .set({ approvedFingerprint: sql`${capabilities.fingerprint}`, approvedDefinition: sql`${capabilities.definition}` })
      .where(chosen);
    const open = found.filter((row) => row.approved !== row.fingerprint);
    if (open.length > 0) {
      await recordAudit(tx, ctx, {
        action: "capability.accepted",
        target: { kind: "server", id: input.serverId, name: server.name },
        before: { fingerprints: Object.fromEntries(open.map((row) => [`${row.kind} ${row.name}`, row.approved])) },
        after: { fingerprints: Object.fromEntries(open.map((row) => [`${row.kind} ${row.name}`, row.fingerprint])) },
      });
      await bumpAccessVersion(tx, ctx.org.id);
    }
    return { accepted: open.length };
  });
}

/** Synchronises now, by a person's hand. What the server does wrong is told as the server's status, not thrown. */
export async function requestSync(ctx: OrgContext, input: { serverId: string }): Promise<SyncResult> {
  requireRight(ctx, "servers.manage");
  const result = await syncServer(ctx.db, { orgId: ctx.org.id, serverId: input.serverId }, ctx.actor, ctx.now);
  if (result.kind === "missing") throw notFound("server", input.serverId);
  if (result.kind === "busy") throw new AppError("conflict", "a sync of this server is running");
  return result;
}

const mine = (ctx: OrgContext, serverId: string) => and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId));

async function lockServer(tx: Database, ctx: OrgContext, serverId: string) {
  const [found] = await tx
    .select({
      name: servers.name,
      slug: servers.slug,
      url: servers.url,
      description: servers.description,
      callTimeoutMs: servers.callTimeoutMs,
      auth: servers.auth,
      protocol: servers.protocol,
      secret: servers.secret,
      secretFingerprint: servers.secretFingerprint,
    })
    .from(servers)
    .where(mine(ctx, serverId))
    .for("update")
    .limit(1);
  if (!found) throw notFound("server", serverId);
  return found;
}

/** Every connection to the server, and what Gatehouse is known as at its provider. */
async function dropEverybody(tx: Database, ctx: OrgContext, serverId: string): Promise<number> {
  const ref = { orgId: ctx.org.id, serverId };
  return (await dropOAuth(tx, ref)) + (await dropConnections(tx, ref));
}

const pick = ({ url, name, description, callTimeoutMs }: { url: string; name: string; description: string; callTimeoutMs: number }) => ({
  url,
  name,
  description,
  callTimeoutMs,
});

const unprobed = { transport: null, era: null, protocolVersion: null, probedAt: null };

const forgotten = (now: Date) => ({
  ...({ auth: "none", secret: null, secretFingerprint: null, secretSetAt: null, oauth: null } as const),
  ...unprobed,
  ...({ status: "waiting", errorCause: null, errorMessage: null } as const),
  notes: [],
  nextSyncAt: now,
});

async function taken<T>(slug: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicate(error, "server_slug_key")) throw new AppError("conflict", `\`${slug}\` is taken by another server`, { field: "slug" });
    throw error;
  }
}
