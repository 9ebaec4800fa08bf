import { and, eq, gt, isNull } from "drizzle-orm";
import { clients, grants, people, portals } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { requireRight } from "@/lib/auth/roles";
import { notFound } from "@/lib/errors";
import { revokeGrant, revokeGrantsOfClient, revokeGrantsOfPerson } from "./grants";
import type { GrantInput, PortalGrantsInput } from "./schema";

/** A person ends one of their own grants: that app is signed out of that portal. */
export async function revokeOwnGrant(ctx: PersonContext, { grantId }: GrantInput): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [own] = await tx
      .select({ id: grants.id })
      .from(grants)
      .where(and(eq(grants.personId, ctx.person.id), eq(grants.id, grantId)))
      .limit(1);
    if (!own) throw notFound("grant", grantId);
    await revokeGrant(tx, grantId, "person", ctx.now);
  });
}

/** A person signs every app out of one portal; returns how many grants ended. */
export async function signOutOfPortal(ctx: PersonContext, { portalId }: PortalGrantsInput): Promise<number> {
  return ctx.db.transaction((tx) => revokeGrantsOfPerson(tx, { portalId, personId: ctx.person.id }, "person", ctx.now));
}

/** An admin ends any grant of the organization. */
export async function revokeOrgGrant(ctx: OrgContext, { grantId }: GrantInput): Promise<void> {
  requireRight(ctx, "grants.manage");
  await ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ email: people.email, clientName: clients.name, portalName: portals.name })
      .from(grants)
      .innerJoin(people, eq(people.id, grants.personId))
      .innerJoin(clients, eq(clients.id, grants.clientId))
      .innerJoin(portals, and(eq(portals.orgId, grants.orgId), eq(portals.id, grants.portalId)))
      .where(and(eq(grants.orgId, ctx.org.id), eq(grants.id, grantId), isNull(grants.revokedAt)))
      .limit(1);
    if (!found) throw notFound("grant", grantId);
    await revokeGrant(tx, grantId, "admin", ctx.now);
    await recordAudit(tx, ctx, {
      action: "grant.revoked",
      target: { kind: "grant", id: grantId, name: `${found.clientName} · ${found.email}` },
      before: { email: found.email, client: found.clientName, portal: found.portalName },
    });
  });
}

/** An admin signs a person out of every portal of the organization: all their apps there end. They may connect again. */
export async function signOutPerson(ctx: OrgContext, { personId }: { personId: string }): Promise<number> {
  requireRight(ctx, "grants.manage");
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ email: people.email })
      .from(grants)
      .innerJoin(people, eq(people.id, grants.personId))
      .where(and(liveIn(ctx), eq(grants.personId, personId)))
      .limit(1);
    if (!found) throw notFound("person", personId);
    const ended = await revokeGrantsOfPerson(tx, { orgId: ctx.org.id, personId }, "admin", ctx.now);
    await recordAudit(tx, ctx, { action: "person.signed_out", target: { kind: "person", id: personId, name: found.email }, after: { appsEnded: ended } });
    return ended;
  });
}

/** The same for everyone's apps of one name. A name is a claim, so this may end more than one product; it never ends less. */
export async function signOutClient(ctx: OrgContext, { client }: { client: string }): Promise<number> {
  requireRight(ctx, "grants.manage");
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ id: clients.id })
      .from(grants)
      .innerJoin(clients, eq(clients.id, grants.clientId))
      .where(and(liveIn(ctx), eq(clients.name, client)))
      .limit(1);
    if (!found) throw notFound("app", client);
    const ended = await revokeGrantsOfClient(tx, { orgId: ctx.org.id, clientName: client }, "admin", ctx.now);
    await recordAudit(tx, ctx, { action: "client.signed_out", target: { kind: "client", id: found.id, name: client }, after: { appsEnded: ended } });
    return ended;
  });
}

const liveIn = (ctx: OrgContext) => and(eq(grants.orgId, ctx.org.id), isNull(grants.revokedAt), gt(grants.expiresAt, ctx.now));
