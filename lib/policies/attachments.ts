import { and, asc, eq } from "drizzle-orm";
import { policies, portalPolicies, portals, serverPolicies, servers } from "@/drizzle/schema";
import { type AuditTarget, recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import type { PolicyTarget } from "./schema";

type TargetInput = { targetKind: "portal" | "server"; targetId: string; policyId: string };

/** The newcomer is asked last, so it never overrules what is there. */
export async function attachPolicy(ctx: OrgContext, input: TargetInput): Promise<void> {
  requireRight(ctx, "policies.manage");
  await ctx.db.transaction((tx) => attachIn(tx, ctx, input));
}

/** `attachPolicy` inside a transaction of another command. */
export async function attachIn(tx: Database, ctx: OrgContext, input: TargetInput): Promise<void> {
  await changeOrder(tx, ctx, input, "policy.attached", (order) => {
    if (order.includes(input.policyId)) throw new AppError("conflict", "this policy is attached there already", { field: "policyId" });
    return [...order, input.policyId];
  });
}

export async function detachPolicy(ctx: OrgContext, input: TargetInput): Promise<void> {
  requireRight(ctx, "policies.manage");
  await ctx.db.transaction((tx) =>
    changeOrder(tx, ctx, input, "policy.detached", (order) => {
      if (!order.includes(input.policyId)) throw notFound("policy", input.policyId);
      return order.filter((id) => id !== input.policyId);
    }),
  );
}

/** One place up or down; at the end of the list it stays where it is. */
export async function movePolicy(ctx: OrgContext, input: TargetInput & { direction: "up" | "down" }): Promise<void> {
  requireRight(ctx, "policies.manage");
  await ctx.db.transaction((tx) =>
    changeOrder(tx, ctx, input, "policy.moved", (order) => {
      const from = order.indexOf(input.policyId);
      if (from < 0) throw notFound("policy", input.policyId);
      return moved(order, from, input.direction);
    }),
  );
}

export function moved<T>(items: readonly T[], from: number, direction: "up" | "down"): T[] {
  const to = Math.min(Math.max(from + (direction === "up" ? -1 : 1), 0), items.length - 1);
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), ...items.slice(from, from + 1), ...rest.slice(to)];
}

/** Who may use a server: everyone the portal admits, or only whom its own policies admit. */
export async function setServerAccess(ctx: OrgContext, input: { serverId: string; access: "portal" | "policies" }): Promise<void> {
  requireRight(ctx, "policies.manage");
  await ctx.db.transaction(async (tx) => {
    const target = { kind: "server", id: input.serverId } as const;
    const server = await lockTarget(tx, ctx, target);
    if (server.access === input.access) return;
    await tx
      .update(servers)
      .set({ access: input.access })
      .where(and(eq(servers.orgId, ctx.org.id), eq(servers.id, input.serverId)));
    const change = { before: { access: server.access ?? null }, after: { access: input.access } };
    await recordAudit(tx, ctx, { action: "server.access_changed", target: { ...target, name: server.name }, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

// The order is read, changed and written whole under a lock on the target, so positions have no gaps and no doubles.
async function changeOrder(tx: Database, ctx: OrgContext, input: TargetInput, action: string, change: (order: string[]) => string[]): Promise<void> {
  const target = { kind: input.targetKind, id: input.targetId };
  const { name } = await lockTarget(tx, ctx, target);
  const policyName = await policyNameOf(tx, ctx, input.policyId);
  const before = await readOrder(tx, ctx, target);
  const after = change(before.map((row) => row.id));
  if (after.join() === before.map((row) => row.id).join()) return;
  await writeOrder(tx, ctx, target, after);
  const names = new Map([...before, { id: input.policyId, name: policyName }].map((row) => [row.id, row.name]));
  const audited: AuditTarget = { ...target, name };
  await recordAudit(tx, ctx, {
    action,
    target: audited,
    before: { policies: before.map((row) => row.name) },
    after: { policy: policyName, policies: after.map((id) => names.get(id)) },
  });
  await bumpAccessVersion(tx, ctx.org.id);
}

async function lockTarget(tx: Database, ctx: OrgContext, target: PolicyTarget): Promise<{ name: string; access?: "portal" | "policies" }> {
  const [found] =
    target.kind === "portal"
      ? await tx
          .select({ name: portals.name })
          .from(portals)
          .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, target.id)))
          .for("no key update")
      : await tx
          .select({ name: servers.name, access: servers.access })
          .from(servers)
          .where(and(eq(servers.orgId, ctx.org.id), eq(servers.id, target.id)))
          .for("no key update");
  if (!found) throw notFound(target.kind, target.id);
  return found;
}

async function policyNameOf(tx: Database, ctx: OrgContext, policyId: string): Promise<string> {
  const [found] = await tx
    .select({ name: policies.name })
    .from(policies)
    .where(and(eq(policies.orgId, ctx.org.id), eq(policies.id, policyId)))
    .for("key share");
  if (!found) throw notFound("policy", policyId);
  return found.name;
}

async function readOrder(tx: Database, ctx: OrgContext, target: PolicyTarget): Promise<{ id: string; name: string }[]> {
  const selected = { id: policies.id, name: policies.name };
  if (target.kind === "portal") {
    return tx
      .select(selected)
      .from(portalPolicies)
      .innerJoin(policies, eq(policies.id, portalPolicies.policyId))
      .where(and(eq(portalPolicies.orgId, ctx.org.id), eq(portalPolicies.portalId, target.id)))
      .orderBy(asc(portalPolicies.position), asc(policies.id));
  }
  return tx
    .select(selected)
    .from(serverPolicies)
    .innerJoin(policies, eq(policies.id, serverPolicies.policyId))
    .where(and(eq(serverPolicies.orgId, ctx.org.id), eq(serverPolicies.serverId, target.id)))
    .orderBy(asc(serverPolicies.position), asc(policies.id));
}

async function writeOrder(tx: Database, ctx: OrgContext, target: PolicyTarget, order: readonly string[]): Promise<void> {
  const orgId = ctx.org.id;
  const rows = order.map((policyId, position) => ({ orgId, policyId, position }));
  if (target.kind === "portal") {
    await tx.delete(portalPolicies).where(and(eq(portalPolicies.orgId, orgId), eq(portalPolicies.portalId, target.id)));
    if (rows.length > 0) await tx.insert(portalPolicies).values(rows.map((row) => ({ ...row, portalId: target.id })));
    return;
  }
  await tx.delete(serverPolicies).where(and(eq(serverPolicies.orgId, orgId), eq(serverPolicies.serverId, target.id)));
  if (rows.length > 0) await tx.insert(serverPolicies).values(rows.map((row) => ({ ...row, serverId: target.id })));
}
