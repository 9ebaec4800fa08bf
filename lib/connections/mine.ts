import { and, eq } from "drizzle-orm";
import { connections, portals, servers } from "@/drizzle/schema";
import { recordAccess } from "@/lib/activity/record";
import type { PersonContext } from "@/lib/auth/context";
import { secretFingerprint } from "@/lib/crypto/seal";
import type { Database } from "@/lib/db/types";
import { AppError, invalid, notFound } from "@/lib/errors";
import { portalAccess, serverAccess } from "@/lib/gateway/access";
import { newId } from "@/lib/ids";
import { disconnectUpstream } from "@/lib/mcp/upstream-auth";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { loadPerson, loadPortalView } from "@/lib/portals/view";
import { headerNamesOf } from "@/lib/servers/credential";
import { beginConnecting, type Leaving } from "./begin";
import { authPorts, loadConnection } from "./connection";
import { browserBinding } from "./flows";
import type { ConnectKey, MyConnectionRef } from "./schema";
import { type ConnectionRef, sealHeaders } from "./sealed";
import { dropConnection, type Occasion, theConnection } from "./store";
import { announceConnected } from "./waiting";

// What a person does with their own accounts at the servers of a portal that admits them.

/** Begins to connect an account with OAuth; the person's browser has to go there. */
export async function startConnecting(ctx: PersonContext, input: MyConnectionRef): Promise<Leaving> {
  const { orgId, server, path } = await usableServer(ctx, input);
  if (server.auth !== "oauth") throw new AppError("conflict", `\`${server.name}\` takes a key, not a sign-in`);
  const flow = { orgId, serverId: server.id, personId: ctx.person.id, isShared: false, returnTo: path };
  const who = { personId: ctx.person.id, email: ctx.person.email, ...ctx.request };
  return beginConnecting(ctx.db, flow, { binding: browserBinding(ctx.sessionId, ctx.person.id), who, now: ctx.now });
}

/** Connects with a key that the person pasted. Nobody can read it back. */
export async function connectWithKey(ctx: PersonContext, input: ConnectKey): Promise<{ path: string }> {
  const { orgId, portalId, portalName, server, path } = await usableServer(ctx, input);
  if (server.auth !== "bearer" && server.auth !== "headers") throw new AppError("conflict", `\`${server.name}\` takes no key`);
  const headers = server.auth === "bearer" ? bearerOf(input.token) : headersOf(headerNamesOf(orgId, server.id, server.secret), input.headerValue);
  const ref: ConnectionRef = { orgId, serverId: server.id, personId: ctx.person.id };
  const values = { ...ref, kind: server.auth, secret: sealHeaders(ref, headers), fingerprint: secretFingerprint(JSON.stringify(headers)) };
  await ctx.db.transaction(async (tx) => {
    const [now] = await tx
      .select({ url: servers.url, auth: servers.auth })
      .from(servers)
      .where(and(eq(servers.orgId, orgId), eq(servers.id, server.id)))
      .for("share");
    // A key for the server that the page showed must not go to another one (UP-20).
    if (now?.url !== server.url || now.auth !== server.auth) throw new AppError("conflict", "the server was changed meanwhile; reload the page");
    await tx.delete(connections).where(theConnection(ref));
    await tx.insert(connections).values({ id: newId("con", ctx.now.getTime()), ...values, createdAt: ctx.now, updatedAt: ctx.now });
    await recordMine(tx, ctx, "account_connected", { orgId, portalId, portalName, serverName: server.name });
    await bumpAccessVersion(tx, orgId);
  });
  announceConnected(ref);
  return { path: `${path}?connected=${server.id}` };
}

/** Forgets the account, and has the provider forget it where that is possible (UP-17). It is gone here whatever the provider says. */
export async function disconnectMine(ctx: PersonContext, input: MyConnectionRef): Promise<{ revoked: boolean }> {
  const [server] = await ctx.db
    .select({ orgId: servers.orgId, name: servers.name, portalName: portals.name })
    .from(connections)
    .innerJoin(servers, and(eq(servers.orgId, connections.orgId), eq(servers.id, connections.serverId)))
    .innerJoin(portals, and(eq(portals.orgId, connections.orgId), eq(portals.id, input.portalId)))
    .where(and(eq(connections.serverId, input.serverId), eq(connections.personId, ctx.person.id)))
    .limit(1);
  if (!server) throw notFound("connection", input.serverId);
  const { orgId, portalName, name } = server;
  const where = { orgId, portalId: input.portalId, portalName, serverName: name };
  const record: Occasion["record"] = (tx) => recordMine(tx, ctx, "account_disconnected", where);
  return disconnect(ctx.db, { orgId, serverId: input.serverId, personId: ctx.person.id }, record);
}

export async function disconnect(db: Database, ref: ConnectionRef, record: Occasion["record"]): Promise<{ revoked: boolean }> {
  const occasion: Occasion = { kind: "disconnect", record };
  const connection = await loadConnection(db, ref, occasion);
  if (connection) return disconnectUpstream(connection, authPorts());
  await dropConnection(db, ref, occasion);
  return { revoked: false };
}

export async function recordMine(
  tx: Database,
  ctx: PersonContext,
  kind: "account_connected" | "account_disconnected" | "shared_account_connected",
  where: { orgId: string; portalId: string | null; portalName: string; serverName: string; correlationId?: string },
): Promise<void> {
  const { orgId, portalId, portalName, serverName, correlationId } = where;
  const who = { personId: ctx.person.id, email: ctx.person.email, ...ctx.request };
  await recordAccess(tx, ctx.now, { kind, outcome: "ok", reason: serverName, orgId, portalId, portalName, correlationId, ...who });
}

/** A server that asks this person for an account of their own, in a portal that lets them in. Everything else does not exist. */
async function usableServer(ctx: PersonContext, { portalId, serverId }: MyConnectionRef) {
  const [portal] = await ctx.db.select({ orgId: portals.orgId }).from(portals).where(eq(portals.id, portalId)).limit(1);
  const view = portal && (await loadPortalView(ctx.db, portal.orgId, portalId));
  const person = view && (await loadPerson(ctx.db, view.org.id, ctx.person.id));
  const found = view?.servers.find(({ id }) => id === serverId);
  const isOpen = view && person && found && portalAccess(view, person).allowed && serverAccess(found, person).allowed;
  if (!isOpen || found.account !== "personal") throw notFound("server", serverId);
  const [server] = await ctx.db
    .select({ id: servers.id, name: servers.name, url: servers.url, auth: servers.auth, secret: servers.secret })
    .from(servers)
    .where(and(eq(servers.orgId, view.org.id), eq(servers.id, serverId)))
    .limit(1);
  if (!server) throw notFound("server", serverId);
  return { orgId: view.org.id, portalId, portalName: view.portal.name, server, path: `/connect/${view.org.slug}/${view.portal.slug}` };
}

function bearerOf(token: string): Record<string, string> {
  const pasted = token.replace(/^bearer\s+/i, "");
  if (!/^[\x21-\x7e]+$/.test(pasted)) throw invalid("token", pasted ? "must be printable characters without spaces" : "is needed");
  return { authorization: `Bearer ${pasted}` };
}

function headersOf(names: readonly string[], values: readonly string[]): Record<string, string> {
  if (names.length === 0) throw new AppError("conflict", "an admin has to name this server's headers first");
  const missing = names.findIndex((_, i) => !values[i]);
  if (missing >= 0 || values.length > names.length) throw invalid("headerValue", `the value of \`${names[missing] ?? "a header"}\` is needed`);
  return Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""]));
}
