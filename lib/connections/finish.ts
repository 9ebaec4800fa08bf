import { and, eq } from "drizzle-orm";
import { members, organizations, servers } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { hasRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { isAppError } from "@/lib/errors";
import { type Failed, finishUpstreamAuthorization } from "@/lib/mcp/upstream-auth";
import { logStep } from "@/lib/report";
import { refOf } from "./begin";
import { authPorts, connectionKey, loadConnection } from "./connection";
import { arrivals, browserBinding, type Flow } from "./flows";
import { recordMine } from "./mine";
import { recordRefusal } from "./refusals";
import type { Occasion } from "./store";
import { announceConnected } from "./waiting";

export type Finished =
  /** `path` is one of ours, where the person came from. */
  | { kind: "connected"; path: string; orgId: string; serverId: string; isShared: boolean }
  | { kind: "failed"; cause: string; person: string; detail: string | null; path: string | null; reference: string };

/** The person is back from the provider. Only the browser session that left may finish it, once (UP-13, UP-14). */
export async function finishConnecting(ctx: PersonContext, query: URLSearchParams): Promise<Finished> {
  const { db } = ctx;
  const pending = arrivals(db);
  const find = async (key: string) => {
    const { flow } = pending;
    const record = flow && (await recorder(ctx, flow));
    if (!flow || !record || connectionKey(refOf(flow)) !== key) return null;
    return loadConnection(db, refOf(flow), { kind: "connect", record });
  };
  try {
    const done = await finishUpstreamAuthorization(query, browserBinding(ctx.sessionId, ctx.person.id), find, authPorts(pending));
    const { flow } = pending;
    if (done.kind === "failed") return await refused(ctx, flow, done);
    if (!flow) throw new Error("a sign-in was finished that nobody had begun");
    announceConnected(refOf(flow));
    const { orgId, serverId, isShared, returnTo, correlationId } = flow;
    logStep(correlationId, "callback", "ok", { serverId });
    return { kind: "connected", path: `${returnTo}?connected=${isShared ? "shared" : serverId}`, orgId, serverId, isShared };
  } catch (error) {
    if (!isAppError(error) || error.code === "internal") throw error;
    return refused(ctx, pending.flow, { kind: "failed", cause: "foreign_state", person: error.message });
  }
}

async function refused(ctx: PersonContext, flow: Flow | null, failed: Failed): Promise<Finished> {
  const { cause, person, detail } = failed;
  const reference = await recordRefusal(ctx.db, ctx.now, { personId: ctx.person.id, email: ctx.person.email, ...ctx.request }, flow, failed);
  return { kind: "failed", cause, person, detail: detail ?? null, path: flow?.returnTo ?? null, reference };
}

/** How the new connection is written down; null for an admin who is none any more. */
async function recorder(ctx: PersonContext, flow: Flow): Promise<Occasion["record"] | null> {
  const { orgId, serverId, isShared, correlationId } = flow;
  const [server] = await ctx.db
    .select({ name: servers.name })
    .from(servers)
    .where(and(eq(servers.orgId, orgId), eq(servers.id, serverId)))
    .limit(1);
  if (!server) return null;
  const where = { orgId, portalId: null, portalName: "", serverName: server.name, correlationId };
  if (!isShared) return (tx) => recordMine(tx, ctx, "account_connected", where);
  const admin = await adminContext(ctx, orgId);
  if (!admin) return null;
  return async (tx: Database) => {
    await tx
      .update(servers)
      .set({ nextSyncAt: ctx.now })
      .where(and(eq(servers.orgId, orgId), eq(servers.id, serverId)));
    await recordMine(tx, ctx, "shared_account_connected", where);
    await recordAudit(tx, admin, {
      action: "server.shared_account_connected",
      target: { kind: "server", id: serverId, name: server.name },
      after: { reference: correlationId },
    });
  };
}

async function adminContext(ctx: PersonContext, orgId: string): Promise<OrgContext | null> {
  const [found] = await ctx.db
    .select({ id: organizations.id, slug: organizations.slug, name: organizations.name, role: members.role })
    .from(members)
    .innerJoin(organizations, eq(organizations.id, members.orgId))
    .where(and(eq(members.personId, ctx.person.id), eq(members.orgId, orgId)))
    .limit(1);
  if (!found || !hasRight(found.role, "servers.manage")) return null;
  const { role, ...org } = found;
  return { db: ctx.db, org, actor: { personId: ctx.person.id, email: ctx.person.email, role }, now: ctx.now };
}
