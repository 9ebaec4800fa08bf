import { and, eq } from "drizzle-orm";
import { portals } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { isDuplicate } from "@/lib/db/conflicts";
import { AppError } from "@/lib/errors";
import { newId } from "@/lib/ids";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { lockPortal } from "./rows";
import type { CreatePortal, SetPortalLifetimes, SetPortalTools, UpdatePortal } from "./schema";

export { assignServer, moveServer, setPrefix, unassignServer } from "./assign";
export { renameExposed, saveToggles, setToggle, setToggles } from "./toggles";

/** A new portal admits nobody until a policy does. */
export async function createPortal(ctx: OrgContext, input: CreatePortal): Promise<{ id: string; slug: string }> {
  requireRight(ctx, "portals.manage");
  const id = newId("ptl", ctx.now.getTime());
  try {
    await ctx.db.transaction(async (tx) => {
      await tx.insert(portals).values({ id, orgId: ctx.org.id, ...input, createdAt: ctx.now });
      await recordAudit(tx, ctx, { action: "portal.created", target: { kind: "portal", id, name: input.name }, after: { ...input } });
      await bumpAccessVersion(tx, ctx.org.id);
    });
  } catch (error) {
    if (isDuplicate(error, "portal_slug_key")) throw new AppError("conflict", `the address \`${input.slug}\` is taken`, { field: "slug", cause: error });
    throw error;
  }
  return { id, slug: input.slug };
}

/** Its address stays: people have pasted it. */
export async function updatePortal(ctx: OrgContext, input: UpdatePortal): Promise<void> {
  requireRight(ctx, "portals.manage");
  const { portalId, ...fields } = input;
  await ctx.db.transaction(async (tx) => {
    const before = await lockPortal(tx, ctx, portalId);
    await tx
      .update(portals)
      .set(fields)
      .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, portalId)));
    const { name, description, instructions, contact } = before;
    const change = { before: { name, description, instructions, contact }, after: fields };
    await recordAudit(tx, ctx, { action: "portal.updated", target: { kind: "portal", id: portalId, name: fields.name }, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Off refuses every call and every sign-in until it is on again; nothing is lost. */
export async function setPortalEnabled(ctx: OrgContext, input: { portalId: string; enabled: boolean }): Promise<void> {
  requireRight(ctx, "portals.manage");
  await ctx.db.transaction(async (tx) => {
    const before = await lockPortal(tx, ctx, input.portalId);
    if (before.enabled === input.enabled) return;
    await tx
      .update(portals)
      .set({ enabled: input.enabled })
      .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, input.portalId)));
    const target = { kind: "portal" as const, id: before.id, name: before.name };
    const change = { before: { enabled: before.enabled }, after: { enabled: input.enabled } };
    await recordAudit(tx, ctx, { action: input.enabled ? "portal.switched_on" : "portal.switched_off", target, ...change });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** Whether the portal offers tools of its own, and how much clients see of the others; neither lets anybody do more. */
export async function setPortalTools(ctx: OrgContext, input: SetPortalTools): Promise<void> {
  requireRight(ctx, "portals.manage");
  const { portalId, ...after } = input;
  await ctx.db.transaction(async (tx) => {
    const { name, portalTools, contextMode } = await lockPortal(tx, ctx, portalId);
    if (portalTools === after.portalTools && contextMode === after.contextMode) return;
    await tx
      .update(portals)
      .set(after)
      .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, portalId)));
    await recordAudit(tx, ctx, { action: "portal.tools_set", target: { kind: "portal", id: portalId, name }, before: { portalTools, contextMode }, after });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}

/** How long an app works until it must refresh, and until its person must sign in again. Living grants learn of it when they refresh. */
export async function setPortalLifetimes(ctx: OrgContext, input: SetPortalLifetimes): Promise<void> {
  requireRight(ctx, "portals.manage");
  const after = { accessTokenSeconds: input.accessTokenMinutes * 60, grantDays: input.grantDays };
  await ctx.db.transaction(async (tx) => {
    const { id, name, accessTokenSeconds, grantDays } = await lockPortal(tx, ctx, input.portalId);
    if (accessTokenSeconds === after.accessTokenSeconds && grantDays === after.grantDays) return;
    await tx
      .update(portals)
      .set(after)
      .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, id)));
    await recordAudit(tx, ctx, { action: "portal.lifetimes_set", target: { kind: "portal", id, name }, before: { accessTokenSeconds, grantDays }, after });
  });
}

/** Everyone's access through it ends with it; the record of calls stays. `slug` is typed by hand, so that it is no slip. */
export async function deletePortal(ctx: OrgContext, input: { portalId: string; slug: string }): Promise<void> {
  requireRight(ctx, "portals.manage");
  await ctx.db.transaction(async (tx) => {
    const { id, name, slug, description, enabled } = await lockPortal(tx, ctx, input.portalId);
    if (input.slug !== slug) throw new AppError("invalid", `type \`${slug}\` to delete this portal`, { field: "slug" });
    await tx.delete(portals).where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, id)));
    await recordAudit(tx, ctx, { action: "portal.deleted", target: { kind: "portal", id, name }, before: { name, slug, description, enabled } });
    await bumpAccessVersion(tx, ctx.org.id);
  });
}
