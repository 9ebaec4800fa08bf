import { and, asc, eq, or, isNull, sql } from "drizzle-orm";
import { assignments, connections, people, servers, upstreamClients } from "@/drizzle/schema";
import type { ServerOAuth } from "@/drizzle/schema/servers";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { notFound } from "@/lib/errors";
import { headerNamesOf } from "@/lib/servers/credential";
import { callbackUrl, clientDocumentUrl } from "./connection";
import { type Forecast, forecast } from "./forecast";
import { problemForAdmins, problemForPerson, problemOfShared } from "./problems";

export type ConnectionState = "not_needed" | "connected" | "needs_connection" | "reconnect";
export type MyConnection = {
  serverId: string;
  /** Whose account is used there: the one of the admins, or each person's own. Nothing is up to the person at a shared one. */
  account: "shared" | "personal";
  kind: "none" | "bearer" | "headers" | "oauth";
  state: ConnectionState;
  /** The account's name, or the provider's host, or a key's fingerprint; empty where nothing of the person's is connected. */
  label: string;
  connectedAt: Date | null;
  /** How long it lasts; null where nothing of the person's is connected. */
  forecast: Forecast | null;
  /** Of `headers`: the header fields that a person has to fill in, in this order. */
  headerNames: string[];
  /** What is wrong with it and what to do, as a sentence without its full stop; null when all is well. */
  problem: string | null;
};

/** What a person has connected, for each server of a portal in the portal's order. */
export async function listMyConnections(db: Database, at: { orgId: string; portalId: string; personId: string }): Promise<MyConnection[]> {
  const mine = or(eq(connections.personId, at.personId), isNull(connections.personId));
  const [assigned, found] = await Promise.all([
    db
      .select({ serverId: servers.id, account: assignments.account, kind: servers.auth, secret: servers.secret })
      .from(assignments)
      .innerJoin(servers, and(eq(servers.orgId, assignments.orgId), eq(servers.id, assignments.serverId)))
      .where(and(eq(assignments.orgId, at.orgId), eq(assignments.portalId, at.portalId)))
      .orderBy(asc(assignments.position), asc(servers.id)),
    db
      .select({ ...columns, personId: connections.personId, serverId: connections.serverId })
      .from(connections)
      .innerJoin(assignments, and(eq(assignments.orgId, connections.orgId), eq(assignments.serverId, connections.serverId)))
      .where(and(eq(connections.orgId, at.orgId), eq(assignments.portalId, at.portalId), mine)),
  ]);
  return assigned.map(({ secret, ...server }) => {
    const isPersonal = server.account === "personal";
    const row = found.find(({ serverId, personId }) => serverId === server.serverId && (personId !== null) === isPersonal);
    const names = isPersonal && server.kind === "headers" ? headerNamesOf(at.orgId, server.serverId, secret) : [];
    const nothing = { label: "", connectedAt: null, forecast: null, headerNames: names, problem: null };
    const isUnneeded = server.kind === "none" || (!isPersonal && server.kind !== "oauth");
    if (isUnneeded) return { ...server, ...nothing, state: "not_needed" as const };
    if (!row) return { ...server, ...nothing, state: "needs_connection" as const };
    const { state, label, connectedAt, forecast: lasts } = shown(row, new Date());
    const inWords = isPersonal ? problemForPerson : problemOfShared;
    const problem = row.lastError && inWords(row.lastError);
    return { ...server, ...nothing, state, problem, ...(isPersonal && { label, connectedAt, forecast: lasts }) };
  });
}

export type ServerConnection = {
  /** Null: the shared account. */
  personId: string | null;
  email: string | null;
  kind: "bearer" | "headers" | "oauth";
  state: "connected" | "reconnect";
  label: string;
  connectedAt: Date;
  forecast: Forecast;
  /** In words, why the last renewal failed; null when all is well. */
  problem: string | null;
  problemAt: Date | null;
};

/** Who is connected at a server, the shared account first. */
export async function listServerConnections(ctx: OrgContext, serverId: string): Promise<ServerConnection[]> {
  const rows = await ctx.db
    .select({ ...columns, personId: connections.personId, email: people.email, kind: connections.kind, problemAt: connections.lastErrorAt })
    .from(connections)
    .leftJoin(people, eq(people.id, connections.personId))
    .where(and(eq(connections.orgId, ctx.org.id), eq(connections.serverId, serverId)))
    .orderBy(sql`${connections.personId} is not null`, asc(people.email), asc(connections.id))
    .limit(1_000);
  return rows.map(({ personId, email, kind, problemAt, ...row }) => ({
    ...{ personId, email, kind },
    ...shown(row, ctx.now),
    problem: row.lastError && problemForAdmins(row.lastError),
    problemAt,
  }));
}

export type ServerOAuthPage = {
  /** To be entered at the provider, before anything is saved. */
  callbackUrl: string;
  /** Null where no provider can read it. */
  clientDocumentUrl: string | null;
  settings: ServerOAuth;
  /** What Gatehouse is known as there; secrets are never shown. */
  client: { issuer: string; clientId: string; origin: "admin" | "document" | "registration" } | null;
  shared: ServerConnection | null;
};

/** How a server signs in, as its page shows it. */
export async function getServerOAuth(ctx: OrgContext, serverId: string): Promise<ServerOAuthPage> {
  const here = and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId));
  const [[server], [client], [first]] = await Promise.all([
    ctx.db.select({ oauth: servers.oauth }).from(servers).where(here).limit(1),
    ctx.db
      .select({ issuer: upstreamClients.issuer, clientId: upstreamClients.clientId, origin: upstreamClients.origin })
      .from(upstreamClients)
      .where(and(eq(upstreamClients.orgId, ctx.org.id), eq(upstreamClients.serverId, serverId)))
      .orderBy(sql`${upstreamClients.origin} <> 'admin'`, asc(upstreamClients.issuer))
      .limit(1),
    listServerConnections(ctx, serverId),
  ]);
  if (!server) throw notFound("server", serverId);
  return {
    ...addresses(),
    settings: server.oauth ?? { scopes: [], allowUnannouncedS256: false, manual: null },
    client: client ?? null,
    shared: first?.personId === null ? first : null,
  };
}

/** The two addresses that providers have to know of this installation. */
export const addresses = () => ({ callbackUrl: callbackUrl(), clientDocumentUrl: clientDocumentUrl() });

const columns = {
  state: connections.state,
  account: connections.account,
  issuer: connections.issuer,
  fingerprint: connections.fingerprint,
  connectedAt: connections.createdAt,
  expiresAt: connections.expiresAt,
  renews: connections.renews,
  lastError: connections.lastError,
};

type Row = {
  state: "active" | "reconnect";
  account: string;
  issuer: string | null;
  fingerprint: string;
  connectedAt: Date;
  expiresAt: Date | null;
  renews: boolean;
};

function shown({ state, account, issuer, fingerprint, connectedAt, expiresAt, renews }: Row, now: Date) {
  const lasts = forecast({ state, renews, expiresAt }, now);
  const host = issuer === null ? null : (URL.parse(issuer)?.host ?? issuer);
  return {
    state: lasts.kind === "over" ? ("reconnect" as const) : ("connected" as const),
    label: account || host || fingerprint,
    connectedAt,
    forecast: lasts,
  };
}
