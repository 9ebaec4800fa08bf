import { and, eq } from "drizzle-orm";
import { assignments, portals, servers, upstreamClients } from "@/drizzle/schema";
import type { ServerOAuth } from "@/drizzle/schema/servers";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { AppError, invalid, notFound } from "@/lib/errors";
import { discoverUpstreamAuth } from "@/lib/mcp/upstream-auth";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { asError, beginConnecting, type Leaving } from "./begin";
import { clientsOf, loadClient } from "./clients";
import { authPorts, manualServer } from "./connection";
import { askServer, type Discovery, findOAuth } from "./discovery";
import { dropConnections, dropOAuth } from "./drop";
import { browserBinding } from "./flows";
import { handClient } from "./hand-client";
import { disconnect } from "./mine";
import type { Discover, SetAccount, SetServerOAuth, SetUpstreamClient } from "./schema";
import { sealClient } from "./sealed";

/** How a server signs in, as far as an admin decides. Another issuer, or other endpoints, end every connection there is (UP-20). */
export async function setServerOAuth(ctx: OrgContext, input: SetServerOAuth): Promise<{ dropped: number }> {
  requireRight(ctx, "servers.manage");
  const { serverId, scopes, allowUnannouncedS256, issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint } = input;
  const oauth: ServerOAuth = {
    scopes,
    allowUnannouncedS256,
    manual: issuer ? { issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint } : null,
  };
  return ctx.db.transaction(async (tx) => {
    const server = await lockServer(tx, ctx, serverId);
    const isElsewhere = JSON.stringify(server.oauth?.manual ?? null) !== JSON.stringify(oauth.manual);
    await tx.update(servers).set({ oauth }).where(theServer(ctx, serverId));
    const dropped = isElsewhere ? await dropOAuth(tx, { orgId: ctx.org.id, serverId }) : 0;
    await recordAudit(tx, ctx, {
      action: "server.oauth_set",
      target: { kind: "server", id: serverId, name: server.name },
      before: server.oauth && { ...server.oauth },
      after: { ...oauth, connectionsDropped: dropped },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    return { dropped };
  });
}

/**
 * Who we are at the server's provider, registered there by hand. It is bound to the issuer that the server names now, and never shown to
 * another (UP-12). Another client ID ends the connections that were made with the former one.
 */
export async function setUpstreamClient(ctx: OrgContext, input: SetUpstreamClient): Promise<{ dropped: number }> {
  requireRight(ctx, "servers.manage");
  const { serverId, issuer, clientId, clientSecret } = input;
  const offered = await methodsOf(ctx, input);
  const ref = { orgId: ctx.org.id, serverId };
  return ctx.db.transaction(async (tx) => {
    const server = await lockServer(tx, ctx, serverId);
    const known = await loadClient(tx, ref, issuer);
    const isSame = known?.origin === "admin" && known.clientId === clientId;
    const secret = clientSecret || (isSame ? known.secret : null);
    const client = handClient(input, secret, offered);
    const dropped = isSame ? 0 : await dropConnections(tx, ref, "oauth");
    await tx.delete(upstreamClients).where(clientsOf(ref));
    await tx.insert(upstreamClients).values({ ...ref, issuer, clientId, origin: "admin", secret: sealClient(ctx.org.id, serverId, client) });
    await recordAudit(tx, ctx, {
      action: "server.oauth_client_set",
      target: { kind: "server", id: serverId, name: server.name },
      before: known && { issuer: known.issuer, clientId: known.clientId, origin: known.origin },
      after: { issuer, clientId, origin: "admin", secret: secret === null ? "none" : "set", connectionsDropped: dropped },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    return { dropped };
  });
}

/** Forgets the client that was entered by hand; Gatehouse registers itself again where the provider takes that. */
export async function dropUpstreamClient(ctx: OrgContext, { serverId }: { serverId: string }): Promise<{ dropped: number }> {
  requireRight(ctx, "servers.manage");
  return ctx.db.transaction(async (tx) => {
    const server = await lockServer(tx, ctx, serverId);
    const dropped = await dropOAuth(tx, { orgId: ctx.org.id, serverId });
    const target = { kind: "server" as const, id: serverId, name: server.name };
    await recordAudit(tx, ctx, { action: "server.oauth_client_removed", target, after: { connectionsDropped: dropped } });
    await bumpAccessVersion(tx, ctx.org.id);
    return { dropped };
  });
}

/** What is found about how to sign in to a server, saved or not yet; asks for the same right and passes the same egress as saving (UP-19). */
export async function discoverServerOAuth(ctx: OrgContext, input: Discover): Promise<Discovery> {
  requireRight(ctx, "servers.manage");
  if ("url" in input) return findOAuth(ctx.org.id, { serverUrl: input.url, allowUnannouncedS256: false });
  const server = await getOAuth(ctx, input.serverId);
  return findOAuth(ctx.org.id, { serverUrl: server.url, allowUnannouncedS256: server.oauth?.allowUnannouncedS256 ?? false });
}

/** Begins to connect the account that the admins share; `sessionId` is the admin's browser session, which has to come back. */
export async function startSharedConnection(ctx: OrgContext, input: { serverId: string }, sessionId: string | null): Promise<Leaving> {
  requireRight(ctx, "servers.manage");
  const { serverId } = input;
  await getOAuth(ctx, serverId);
  const flow = { orgId: ctx.org.id, serverId, personId: ctx.actor.personId, isShared: true, returnTo: `/admin/${ctx.org.slug}/servers/${serverId}` };
  const who = { personId: ctx.actor.personId, email: ctx.actor.email };
  return beginConnecting(ctx.db, flow, { binding: browserBinding(sessionId, ctx.actor.personId), who, now: ctx.now, explains: true });
}

/** Ends the shared account's connection; the provider is told where it listens. */
export async function disconnectShared(ctx: OrgContext, { serverId }: { serverId: string }): Promise<{ revoked: boolean }> {
  requireRight(ctx, "servers.manage");
  const { name } = await getOAuth(ctx, serverId);
  const ref = { orgId: ctx.org.id, serverId, personId: null };
  return disconnect(ctx.db, ref, (tx) =>
    recordAudit(tx, ctx, { action: "server.shared_account_disconnected", target: { kind: "server", id: serverId, name } }),
  );
}

/** Whose account a portal uses at a server: the one the admins share, or each person's own. */
export async function setAssignmentAccount(ctx: OrgContext, { portalId, serverId, account }: SetAccount): Promise<{ changed: boolean }> {
  requireRight(ctx, "portals.manage");
  return ctx.db.transaction(async (tx) => {
    const here = and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId), eq(assignments.serverId, serverId));
    const [found] = await tx
      .select({ before: assignments.account, portal: portals.name, server: servers.name, auth: servers.auth })
      .from(assignments)
      .innerJoin(portals, and(eq(portals.orgId, assignments.orgId), eq(portals.id, assignments.portalId)))
      .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
      .where(here)
      .for("update", { of: assignments });
    if (!found) throw notFound("server", serverId);
    if (found.auth === "none" && account === "personal") throw new AppError("conflict", `\`${found.server}\` asks for no account`, { field: "account" });
    if (found.before === account) return { changed: false };
    await tx.update(assignments).set({ account }).where(here);
    await recordAudit(tx, ctx, {
      action: "assignment.account_set",
      target: { kind: "portal", id: portalId, name: found.portal },
      before: { server: found.server, account: found.before },
      after: { server: found.server, account },
    });
    await bumpAccessVersion(tx, ctx.org.id);
    return { changed: true };
  });
}

const theServer = (ctx: OrgContext, serverId: string) => and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId));
const oauthColumns = { name: servers.name, url: servers.url, auth: servers.auth, oauth: servers.oauth };

async function lockServer(tx: Database, ctx: OrgContext, serverId: string) {
  const [found] = await tx.select(oauthColumns).from(servers).where(theServer(ctx, serverId)).for("update");
  if (!found) throw notFound("server", serverId);
  return found;
}

async function getOAuth(ctx: OrgContext, serverId: string) {
  const [found] = await ctx.db.select(oauthColumns).from(servers).where(theServer(ctx, serverId)).limit(1);
  if (!found) throw notFound("server", serverId);
  return found;
}

/** How the provider lets clients prove who they are, once it is sure to be the one meant. The network is asked before any transaction is open. */
async function methodsOf(ctx: OrgContext, { serverId, issuer }: SetUpstreamClient): Promise<readonly string[] | null> {
  const { url, oauth } = await getOAuth(ctx, serverId);
  const options = { serverUrl: url, allowUnannouncedS256: oauth?.allowUnannouncedS256 ?? false, manual: manualServer(oauth) };
  const challenge = options.manual ? null : await askServer(ctx.org.id, url);
  const found = await discoverUpstreamAuth(options, challenge, authPorts().egress);
  if (found.kind === "failed") throw asError(found, true);
  if (found.server.issuer !== issuer) throw invalid("issuer", `the server names \`${found.server.issuer}\``);
  return found.server.tokenAuthentications;
}
