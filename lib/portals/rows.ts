import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { assignments, capabilities, portals, servers, toggles } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { notFound } from "@/lib/errors";
import { type CapabilityState, capabilityState } from "./states";

// What the portal commands read inside their transaction.

/** The portal, held until the transaction ends: names and toggles of one portal change one command at a time. */
export async function lockPortal(tx: Database, ctx: OrgContext, portalId: string) {
  const [found] = await tx
    .select()
    .from(portals)
    .where(and(eq(portals.orgId, ctx.org.id), eq(portals.id, portalId)))
    .for("no key update");
  if (!found) throw notFound("portal", portalId);
  return found;
}

export async function serverOf(tx: Database, ctx: OrgContext, serverId: string) {
  const [found] = await tx
    .select({ id: servers.id, name: servers.name, slug: servers.slug, lastSuccessAt: servers.lastSuccessAt })
    .from(servers)
    .where(and(eq(servers.orgId, ctx.org.id), eq(servers.id, serverId)));
  if (!found) throw notFound("server", serverId);
  return found;
}

export async function assignmentOf(tx: Database, ctx: OrgContext, portalId: string, serverId: string) {
  const [found] = await tx
    .select({ prefixed: assignments.prefixed, position: assignments.position })
    .from(assignments)
    .where(and(eq(assignments.orgId, ctx.org.id), eq(assignments.portalId, portalId), eq(assignments.serverId, serverId)));
  if (!found) throw notFound("server", serverId);
  return found;
}

export async function capabilitiesOf(db: Database, ctx: OrgContext, serverId: string) {
  const rows = await db
    .select({
      id: capabilities.id,
      kind: capabilities.kind,
      name: capabilities.name,
      title: capabilities.title,
      description: capabilities.description,
      readOnly: capabilities.readOnly,
      fingerprint: capabilities.fingerprint,
      approvedFingerprint: capabilities.approvedFingerprint,
      missingSince: capabilities.missingSince,
    })
    .from(capabilities)
    .where(and(eq(capabilities.orgId, ctx.org.id), eq(capabilities.serverId, serverId)))
    .orderBy(asc(capabilities.position), asc(capabilities.id));
  return rows.map((row) => ({ ...row, state: capabilityState(row) }));
}

export type ToggleRow = {
  capabilityId: string;
  serverId: string;
  kind: "tool" | "prompt" | "resource" | "template";
  name: string;
  readOnly: boolean;
  enabled: boolean;
  decided: boolean;
  exposedName: string;
  fingerprint: string;
  state: CapabilityState;
};

/** The toggles of a portal with what their capability is; of one server, or of some capabilities, when named. */
export async function toggleRows(
  tx: Database,
  ctx: OrgContext,
  portalId: string,
  only: { serverId?: string; capabilityId?: string } = {},
): Promise<ToggleRow[]> {
  const rows = await tx
    .select({
      capabilityId: toggles.capabilityId,
      serverId: toggles.serverId,
      kind: toggles.kind,
      name: capabilities.name,
      readOnly: capabilities.readOnly,
      enabled: toggles.enabled,
      decided: toggles.decided,
      exposedName: toggles.exposedName,
      fingerprint: capabilities.fingerprint,
      approvedFingerprint: capabilities.approvedFingerprint,
      missingSince: capabilities.missingSince,
    })
    .from(toggles)
    .innerJoin(capabilities, and(eq(capabilities.orgId, toggles.orgId), eq(capabilities.id, toggles.capabilityId)))
    .where(
      and(
        eq(toggles.orgId, ctx.org.id),
        eq(toggles.portalId, portalId),
        only.serverId === undefined ? undefined : eq(toggles.serverId, only.serverId),
        only.capabilityId === undefined ? undefined : eq(toggles.capabilityId, only.capabilityId),
      ),
    )
    .orderBy(asc(capabilities.position), asc(capabilities.id));
  return rows.map(({ approvedFingerprint, missingSince, ...row }) => ({
    ...row,
    state: capabilityState({ fingerprint: row.fingerprint, approvedFingerprint, missingSince }),
  }));
}

/** Switching a new capability on is its approval, in its present form. */
export async function approveNew(tx: Database, ctx: OrgContext, capabilityIds: readonly string[]): Promise<void> {
  if (capabilityIds.length === 0) return;
  await tx
    .update(capabilities)
    .set({ approvedFingerprint: sql`${capabilities.fingerprint}`, approvedDefinition: sql`${capabilities.definition}` })
    .where(and(eq(capabilities.orgId, ctx.org.id), inArray(capabilities.id, [...capabilityIds]), sql`${capabilities.approvedFingerprint} is null`));
}
