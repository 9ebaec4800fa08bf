import { and, eq } from "drizzle-orm";
import * as schema from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { type OpenDatabase, openDatabase } from "@/lib/db/open";
import { revokeOrgGrant } from "@/lib/oauth/commands";
import { updatePolicy } from "@/lib/policies/commands";
import { setToggle } from "@/lib/portals/commands";
import { contextOf } from "@/tests/support/factories";

type Where = { databaseUrl: string; orgId: string; portalId: string };
export type Change = Where &
  ({ change: "toggle"; tool: string; enabled: boolean } | { change: "policy"; policyId: string; domain: string } | { change: "revoke"; grantId: string });

const opened = new Map<string, Promise<OpenDatabase>>();

/** Makes one change with the command that the pages use; returns when it was committed, on the clock that all processes share. */
export async function change(input: Change): Promise<{ at: string }> {
  const ctx = await ownerOf(input);
  if (input.change === "toggle") await setToggle(ctx, { portalId: input.portalId, capabilityId: await capabilityOf(ctx, input), enabled: input.enabled });
  else if (input.change === "revoke") await revokeOrgGrant(ctx, { grantId: input.grantId });
  else {
    const include = [{ kind: "email_domain" as const, domain: input.domain }];
    await updatePolicy(ctx, { policyId: input.policyId, name: "The one that admits", description: "", action: "allow", include, require: [], exclude: [] });
  }
  return { at: String(process.hrtime.bigint()) };
}

async function ownerOf({ databaseUrl, orgId }: Where): Promise<OrgContext> {
  let database = opened.get(databaseUrl);
  if (!database) {
    database = openDatabase({ url: databaseUrl, dataDir: "" });
    opened.set(databaseUrl, database);
  }
  const { db } = await database;
  const [found] = await db
    .select({ org: schema.organizations, person: schema.people })
    .from(schema.organizations)
    .innerJoin(schema.members, eq(schema.members.orgId, schema.organizations.id))
    .innerJoin(schema.people, eq(schema.people.id, schema.members.personId))
    .where(eq(schema.organizations.id, orgId))
    .limit(1);
  if (!found) throw new Error(`there is no organization \`${orgId}\``);
  return contextOf(db, found.org, found.person, "owner");
}

async function capabilityOf(ctx: OrgContext, { portalId, tool }: { portalId: string; tool: string }): Promise<string> {
  const [found] = await ctx.db
    .select({ id: schema.toggles.capabilityId })
    .from(schema.toggles)
    .where(and(eq(schema.toggles.orgId, ctx.org.id), eq(schema.toggles.portalId, portalId), eq(schema.toggles.exposedName, tool)))
    .limit(1);
  if (!found) throw new Error(`there is no tool \`${tool}\``);
  return found.id;
}
