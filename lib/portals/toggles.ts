import { and, eq, inArray } from "drizzle-orm";
import { toggles } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { isDuplicate } from "@/lib/db/conflicts";
import type { Database } from "@/lib/db/types";
import { AppError, invalid, notFound } from "@/lib/errors";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { namesOf } from "./arrivals";
import { allocateName, nameKey, nameProblem } from "./names";
import { approveNew, assignmentOf, lockPortal, serverOf, type ToggleRow, toggleRows } from "./rows";
import { canSwitchOn } from "./states";

/** `fingerprint` is the form the admin looked at: what became another meanwhile is not approved by accident. */
export async function setToggle(ctx: OrgContext, input: { portalId: string; capabilityId: string; enabled: boolean; fingerprint?: string }): Promise<void> {
  requireRight(ctx, "portals.manage");
  await ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    const [row] = await toggleRows(tx, ctx, input.portalId, { capabilityId: input.capabilityId });
    if (!row) throw notFound("capability", input.capabilityId);
    if (input.enabled) requireSwitchable(row, input.fingerprint);
    await apply(tx, ctx, portal, [row], () => input.enabled);
  });
}

/** All, none or exactly those that claim to be read-only; of one server or of the whole portal. Changed and gone ones stay as they are. */
export async function setToggles(
  ctx: OrgContext,
  input: { portalId: string; serverId?: string; mode: "all" | "none" | "read_only" },
): Promise<{ switched: number; skipped: number }> {
  requireRight(ctx, "portals.manage");
  return ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    if (input.serverId !== undefined) await assignmentOf(tx, ctx, input.portalId, input.serverId);
    const rows = await toggleRows(tx, ctx, input.portalId, { serverId: input.serverId });
    return apply(tx, ctx, portal, rows, (row) => (input.mode === "read_only" ? row.readOnly : input.mode === "all"));
  });
}

/** A whole form of checkboxes: of those shown, exactly the ticked ones are on. */
export async function saveToggles(
  ctx: OrgContext,
  input: { portalId: string; serverId: string; shown: string[]; on: string[] },
): Promise<{ switched: number; skipped: number }> {
  requireRight(ctx, "portals.manage");
  return ctx.db.transaction(async (tx) => {
    const portal = await lockPortal(tx, ctx, input.portalId);
    await assignmentOf(tx, ctx, input.portalId, input.serverId);
    const [shown, on] = [new Set(input.shown), new Set(input.on)];
    const rows = await toggleRows(tx, ctx, input.portalId, { serverId: input.serverId });
    const known = new Set(rows.map((row) => row.capabilityId));
    const unknown = [...shown, ...on].find((id) => !known.has(id));
    if (unknown !== undefined) throw notFound("capability", unknown);
    const formed = rows.filter((row) => shown.has(row.capabilityId));
    return apply(tx, ctx, portal, formed, (row) => on.has(row.capabilityId));
  });
}

/** The name under which clients of this portal know a tool or prompt; an empty one goes back to the automatic name. */
export async function renameExposed(ctx: OrgContext, input: { portalId: string; capabilityId: string; name: string }): Promise<{ name: string }> {
  requireRight(ctx, "portals.manage");
  try {
    return await ctx.db.transaction(async (tx) => {
      const portal = await lockPortal(tx, ctx, input.portalId);
      const [row] = await toggleRows(tx, ctx, input.portalId, { capabilityId: input.capabilityId });
      if (!row) throw notFound("capability", input.capabilityId);
      if (row.kind === "resource" || row.kind === "template") throw invalid("name", "a resource keeps its address");
      const problem = input.name === "" ? null : nameProblem(row.kind, input.name);
      if (problem) throw invalid("name", problem);
      const name = input.name === "" ? await automaticName(tx, ctx, input.portalId, row) : input.name;
      if (name === row.exposedName) return { name };
      await tx
        .update(toggles)
        .set({ exposedName: name })
        .where(ofCapabilities(ctx, input.portalId, [row.capabilityId]));
      const target = { kind: "portal" as const, id: portal.id, name: portal.name };
      const change = { before: { capability: row.name, exposedName: row.exposedName }, after: { capability: row.name, exposedName: name } };
      await recordAudit(tx, ctx, { action: "capability.renamed", target, ...change });
      await bumpAccessVersion(tx, ctx.org.id);
      return { name };
    });
  } catch (error) {
    if (isDuplicate(error, "toggle_name_key")) throw new AppError("conflict", `this portal has a \`${input.name}\` already`, { field: "name", cause: error });
    throw error;
  }
}

async function apply(
  tx: Database,
  ctx: OrgContext,
  portal: { id: string; name: string },
  rows: readonly ToggleRow[],
  wanted: (row: ToggleRow) => boolean,
): Promise<{ switched: number; skipped: number }> {
  const able = rows.filter((row) => canSwitchOn(row.state) || !wanted(row));
  const [on, off] = [able.filter((row) => wanted(row)), able.filter((row) => !wanted(row))];
  const fresh = on.filter((row) => row.state === "new");
  const changed = able.filter((row) => row.enabled !== wanted(row) || !row.decided || (wanted(row) && row.state === "new"));
  const skipped = rows.length - able.length;
  if (changed.length === 0) return { switched: 0, skipped };
  await approveNew(tx, ctx, ids(fresh));
  for (const [enabled, group] of [[true, on] as const, [false, off] as const]) {
    const some = group.filter((row) => row.enabled !== enabled || !row.decided);
    if (some.length > 0)
      await tx
        .update(toggles)
        .set({ enabled, decided: true })
        .where(ofCapabilities(ctx, portal.id, ids(some)));
  }
  const switched = changed.filter((row) => row.enabled !== wanted(row));
  await recordAudit(tx, ctx, {
    action: "toggles.changed",
    target: { kind: "portal", id: portal.id, name: portal.name },
    before: { on: names(switched.filter((row) => row.enabled)), off: names(switched.filter((row) => !row.enabled)) },
    after: { on: names(switched.filter(wanted)), off: names(switched.filter((row) => !wanted(row))), approved: names(fresh) },
  });
  await bumpAccessVersion(tx, ctx.org.id);
  return { switched: switched.length, skipped };
}

function requireSwitchable(row: ToggleRow, fingerprint: string | undefined): void {
  if (row.state === "changed") throw new AppError("conflict", `\`${row.name}\` has changed; accept the change on its server's page first`);
  if (row.state === "gone") throw new AppError("conflict", `its server no longer offers \`${row.name}\``);
  if (fingerprint !== undefined && fingerprint !== row.fingerprint) {
    throw new AppError("conflict", `\`${row.name}\` changed while you looked at it; reload the page and read it again`);
  }
}

async function automaticName(tx: Database, ctx: OrgContext, portalId: string, row: ToggleRow): Promise<string> {
  const { slug } = await serverOf(tx, ctx, row.serverId);
  const { prefixed } = await assignmentOf(tx, ctx, portalId, row.serverId);
  const all = await namesOf(tx, ctx.org.id, [portalId]);
  const taken = new Set(all.filter((other) => other.capabilityId !== row.capabilityId).map((other) => nameKey(other.kind, other.exposedName)));
  return allocateName({ kind: row.kind, name: row.name, serverSlug: slug, prefixed }, taken);
}

const ofCapabilities = (ctx: OrgContext, portalId: string, capabilityIds: string[]) =>
  and(eq(toggles.orgId, ctx.org.id), eq(toggles.portalId, portalId), inArray(toggles.capabilityId, capabilityIds));
const ids = (rows: readonly ToggleRow[]) => rows.map((row) => row.capabilityId);
const namesMax = 200;
const names = (rows: readonly ToggleRow[]) => [
  ...rows.slice(0, namesMax).map((row) => row.exposedName),
  ...(rows.length > namesMax ? [`and ${rows.length - namesMax} more`] : []),
];
