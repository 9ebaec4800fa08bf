import { createHash } from "node:crypto";
import { and, asc, eq } from "drizzle-orm";
import { assignments, toggles } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { moved } from "@/lib/policies/attachments";
import { insertToggles, namesOf } from "./arrivals";
import { allocateNames, nameKey, needsPrefix } from "./names";
import { approveNew, assignmentOf, capabilitiesOf, lockPortal, serverOf, toggleRows } from "./rows";
import { canSwitchOn } from "./states";

/** What an admin saw of a server's list, so that saving approves that list and no later one. */
export function listDigest(capabilities: readonly { id: string; fingerprint: string }[]): string {
  const hash = createHash("sha256");
  for (const { id, fingerprint } of capabilities) hash.update(`${id} ${fingerprint}\n`);
  return hash.digest("base64url");
}

/** Puts a server into a portal. Saving the ticks is the approval: those are on, a new one among them is approved (design 4.9). */
export async function assignServer(
  ctx: OrgContext,
  input: { portalId: string; serverId: string; capabilityId: string[]; seen?: string },
): Promise<{ on: number; prefixed: boolean }> {
  requireRight(ctx, "portals.manage");
  return ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    const server = await serverOf(tx, ctx, input.serverId);
    const order = await serverOrder(tx, ctx, portal.id);
    if (order.includes(server.id)) throw new AppError("conflict", `\`${server.name}\` is in this portal already`, { field: "serverId" });
    if (server.lastSuccessAt === null) throw new AppError("conflict", `\`${server.name}\` has not been synchronised yet; its list is not known`);
    const offered = await capabilitiesOf(tx, ctx, server.id);
    if (input.seen !== undefined && input.seen !== listDigest(offered)) {
      throw new AppError("conflict", `\`${server.name}\` changed its list while you looked at it; reload the page and read it again`);
    }
    const ticked = new Set(input.capabilityId);
    const known = new Set(offered.map((capability) => capability.id));
    const unknown = input.capabilityId.find((id) => !known.has(id));
    if (unknown !== undefined) throw notFound("capability", unknown);

    const there = await namesOf(tx, ctx.org.id, [portal.id]);
    const taken = new Set(there.map((row) => nameKey(row.kind, row.exposedName)));
    const prefixed = needsPrefix(offered, taken);
    const names = allocateNames({ slug: server.slug, prefixed }, offered, taken, there);
    const on = offered.filter((capability) => ticked.has(capability.id) && canSwitchOn(capability.state));
    const enabled = new Set(on.map((capability) => capability.id));
    await approveNew(
      tx,
      ctx,
      on.filter((capability) => capability.state === "new").map((capability) => capability.id),
    );
    const [orgId, portalId, serverId] = [ctx.org.id, portal.id, server.id];
    await tx.insert(assignments).values({ orgId, portalId, serverId, prefixed, position: order.length, createdAt: ctx.now });
    const rows = offered.map(({ id, kind }) => ({
      orgId,
      portalId,
      serverId,
      capabilityId: id,
      kind,
      enabled: enabled.has(id),
      exposedName: names.get(id) ?? id,
    }));
    await insertToggles(tx, rows);
    const target = { kind: "portal" as const, id: portal.id, name: portal.name };
    await recordAudit(tx, ctx, { action: "server.assigned", target, after: { server: server.name, prefixed, on: on.length, of: offered.length } });
    await bumpAccessVersion(tx, ctx.org.id);
    return { on: on.length, prefixed };
  });
}

/** Takes a server out of a portal, with its toggles and the names clients knew. */
export async function unassignServer(ctx: OrgContext, input: { portalId: string; serverId: string }): Promise<void> {
  requireRight(ctx, "portals.manage");
  await ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    const server = await serverOf(tx, ctx, input.serverId);
    const { prefixed } = await assignmentOf(tx, ctx, portal.id, server.id);
    const on = (await toggleRows(tx, ctx, portal.id, { serverId: server.id })).filter((row) => row.enabled).length;
    await tx.delete(assignments).where(theAssignment(ctx, portal.id, server.id));
    const target = { kind: "portal" as const, id: portal.id, name: portal.name };
    await recordAudit(tx, ctx, { action: "server.unassigned", target, before: { server: server.name, prefixed, on } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** One place up or down in the order in which clients see the servers. */
export async function moveServer(ctx: OrgContext, input: { portalId: string; serverId: string; direction: "up" | "down" }): Promise<void> {
  requireRight(ctx, "portals.manage");
  await ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    const before = await serverOrder(tx, ctx, portal.id);
    const from = before.indexOf(input.serverId);
    if (from < 0) throw notFound("server", input.serverId);
    const after = moved(before, from, input.direction);
    if (after.join() === before.join()) return;
    // Only those between the old and the new place change theirs: two.
    for (const [position, serverId] of after.entries()) {
      if (before[position] !== serverId)
        await tx
          .update(assignments)
          .set({ position })
          .where(theAssignment(ctx, portal.id, serverId));
    }
    const target = { kind: "portal" as const, id: portal.id, name: portal.name };
    await recordAudit(tx, ctx, { action: "server.moved", target, before: { servers: before }, after: { servers: after } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Decides the names of one server anew. Clients see other names afterwards, so a preview comes first. */
export async function setPrefix(ctx: OrgContext, input: { portalId: string; serverId: string; names: "prefixed" | "bare" }): Promise<{ renamed: number }> {
  requireRight(ctx, "portals.manage");
  return ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    const server = await serverOf(tx, ctx, input.serverId);
    const assignment = await assignmentOf(tx, ctx, portal.id, server.id);
    const prefixed = input.names === "prefixed";
    const rows = await toggleRows(tx, ctx, portal.id, { serverId: server.id });
    const others = (await namesOf(tx, ctx.org.id, [portal.id])).filter((row) => row.serverId !== server.id);
    const names = allocateNames(
      { slug: server.slug, prefixed },
      rows.map((row) => ({ id: row.capabilityId, kind: row.kind, name: row.name })),
      new Set(others.map((row) => nameKey(row.kind, row.exposedName))),
      others,
    );
    const renamed = rows.filter((row) => names.get(row.capabilityId) !== row.exposedName);
    if (renamed.length === 0 && assignment.prefixed === prefixed) return { renamed: 0 };
    const [orgId, portalId, serverId] = [ctx.org.id, portal.id, server.id];
    await tx
      .update(assignments)
      .set({ prefixed })
      .where(theAssignment(ctx, portalId, serverId));
    // Written anew rather than updated one by one: two rows may swap their names, and the index looks at each statement.
    await tx.delete(toggles).where(and(eq(toggles.orgId, orgId), eq(toggles.portalId, portalId), eq(toggles.serverId, serverId)));
    await insertToggles(
      tx,
      rows.map(({ capabilityId, kind, enabled, decided, exposedName }) => ({
        ...{ orgId, portalId, serverId, capabilityId, kind, enabled, decided },
        exposedName: names.get(capabilityId) ?? exposedName,
      })),
    );
    const target = { kind: "portal" as const, id: portalId, name: portal.name };
    const change = { before: { server: server.name, prefixed: assignment.prefixed }, after: { server: server.name, prefixed, renamed: renamed.length } };
    await recordAudit(tx, ctx, { action: "names.decided", target, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
    return { renamed: renamed.length };
  });
}

async function serverOrder(tx: Database, ctx: OrgContext, portalId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: assignments.serverId })
    .from(assignments)
    .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId)))
    .orderBy(asc(assignments.position), asc(assignments.serverId));
  return rows.map((row) => row.id);
}

const theAssignment = (ctx: OrgContext, portalId: string, serverId: string) =>
  and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId), eq(assignments.serverId, serverId));
