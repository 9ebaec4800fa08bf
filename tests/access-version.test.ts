import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { connections, organizations, servers as serverRows } from "@/drizzle/schema";
import * as connectionCommands from "@/lib/connections/commands";
import type { Database } from "@/lib/db/types";
import * as groups from "@/lib/groups/commands";
import * as members from "@/lib/members/commands";
import * as oauth from "@/lib/oauth/commands";
import { revokeGrant, revokeGrantsOfClient, revokeGrantsOfPerson, revokeGrantsOfServiceToken } from "@/lib/oauth/grants";
import * as orgs from "@/lib/orgs/commands";
import * as attachments from "@/lib/policies/attachments";
import * as policies from "@/lib/policies/commands";
import * as assign from "@/lib/portals/assign";
import * as portals from "@/lib/portals/commands";
import * as toggles from "@/lib/portals/toggles";
import * as servers from "@/lib/servers/commands";
import * as serviceTokens from "@/lib/service-tokens/commands";
import { newId } from "@/lib/ids";
import { contextOf } from "./support/factories";
import { testDatabase } from "./support/database";
import { tenantFunctions } from "./support/exported";
import { aWorld, type World } from "./support/world";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

const names = { name: "x", description: "" };
const rules = { name: "a policy", description: "", action: "allow" as const, include: [{ kind: "everyone" as const }], require: [], exclude: [] };
const byHand = {
  scopes: [],
  allowUnannouncedS256: false,
  issuer: "https://auth.test",
  authorizationEndpoint: "https://auth.test/authorize",
  tokenEndpoint: "https://auth.test/token",
  revocationEndpoint: "",
};
const spare = (w: World) => ({ targetKind: "portal" as const, targetId: w.portal.id, policyId: w.sparePolicy.id });
const attached = (w: World) => ({ targetKind: "portal" as const, targetId: w.portal.id, policyId: w.policy.id });
const assigned = (w: World) => ({ portalId: w.portal.id, serverId: w.server.id });
const offToggle = (w: World) => ({ portalId: w.portal.id, capabilityId: w.tool.id, enabled: false });

/** Every change after which somebody may do more or less than before; caches elsewhere live by the number (design 4.16). */
const raises: Record<string, (w: World) => Promise<unknown>> = {
  "connections/commands disconnectShared": async (w) => {
    const row = { id: newId("con"), orgId: w.org.id, serverId: w.server.id, kind: "oauth" as const, secret: "", fingerprint: "" };
    await db.insert(connections).values(row);
    await connectionCommands.disconnectShared(w.ctx, { serverId: w.server.id });
  },
  "connections/commands dropUpstreamClient": (w) => connectionCommands.dropUpstreamClient(w.ctx, { serverId: w.server.id }),
  "connections/commands setAssignmentAccount": async (w) => {
    await db.update(serverRows).set({ auth: "oauth" }).where(eq(serverRows.id, w.server.id));
    await connectionCommands.setAssignmentAccount(w.ctx, { ...assigned(w), account: "personal" });
  },
  "connections/commands setServerOAuth": (w) => connectionCommands.setServerOAuth(w.ctx, { serverId: w.server.id, ...byHand }),
  "connections/commands setUpstreamClient": async (w) => {
    await connectionCommands.setServerOAuth(w.ctx, { serverId: w.server.id, ...byHand });
    const before = await versionOf(w);
    const client = { issuer: byHand.issuer, clientId: "id", clientSecret: "s3cret", authentication: "auto" as const };
    await connectionCommands.setUpstreamClient(w.ctx, { serverId: w.server.id, ...client });
    expect(await versionOf(w)).toBeGreaterThan(before);
  },
  "groups/commands addPeople": (w) => groups.addPeople(w.ctx, { groupId: w.group.id, emails: "new@acme.test" }),
  "groups/commands deleteGroup": (w) => groups.deleteGroup(w.ctx, { groupId: w.group.id }),
  "groups/commands removePerson": (w) => groups.removePerson(w.ctx, { groupId: w.group.id, email: w.email }),
  "members/commands blockPerson": (w) => members.blockPerson(w.ctx, { email: w.member.email, reason: "" }),
  "members/commands removeMember": (w) => members.removeMember(w.ctx, { personId: w.member.id }),
  "members/commands unblockPerson": (w) => members.unblockPerson(w.ctx, { blockId: w.block.id }),
  "oauth/commands revokeOrgGrant": (w) => oauth.revokeOrgGrant(w.ctx, { grantId: w.grant.id }),
  "oauth/commands signOutClient": (w) => oauth.signOutClient(w.ctx, { client: "Test client" }),
  "oauth/commands signOutPerson": (w) => oauth.signOutPerson(w.ctx, { personId: w.member.id }),
  "orgs/commands leaveOrganization": (w) => orgs.leaveOrganization(contextOf(db, w.org, w.member, "admin")),
  "policies/attachments attachPolicy": (w) => attachments.attachPolicy(w.ctx, spare(w)),
  "policies/attachments detachPolicy": (w) => attachments.detachPolicy(w.ctx, attached(w)),
  "policies/attachments movePolicy": async (w) => {
    await attachments.attachPolicy(w.ctx, spare(w));
    const before = await versionOf(w);
    await attachments.movePolicy(w.ctx, { ...spare(w), direction: "up" });
    expect(await versionOf(w)).toBeGreaterThan(before);
  },
  "policies/attachments setServerAccess": (w) => attachments.setServerAccess(w.ctx, { serverId: w.server.id, access: "policies" }),
  "policies/commands admitDomain": (w) => policies.admitDomain(w.ctx, { portalId: w.portal.id, domain: "acme.test" }),
  "policies/commands deletePolicy": (w) => policies.deletePolicy(w.ctx, { policyId: w.policy.id }),
  "policies/commands updatePolicy": (w) => policies.updatePolicy(w.ctx, { ...rules, action: "block", policyId: w.policy.id }),
  "portals/assign assignServer": (w) => assign.assignServer(w.ctx, { portalId: w.portal.id, serverId: w.spareServer.id, capabilityId: [w.spareTool.id] }),
  "portals/assign moveServer": async (w) => {
    await assign.assignServer(w.ctx, { portalId: w.portal.id, serverId: w.spareServer.id, capabilityId: [] });
    const before = await versionOf(w);
    await assign.moveServer(w.ctx, { portalId: w.portal.id, serverId: w.spareServer.id, direction: "up" });
    expect(await versionOf(w)).toBeGreaterThan(before);
  },
  "portals/assign setPrefix": (w) => assign.setPrefix(w.ctx, { ...assigned(w), names: "prefixed" }),
  "portals/assign unassignServer": (w) => assign.unassignServer(w.ctx, assigned(w)),
  "portals/commands deletePortal": (w) => portals.deletePortal(w.ctx, { portalId: w.portal.id, slug: w.portal.slug }),
  "portals/commands setPortalEnabled": (w) => portals.setPortalEnabled(w.ctx, { portalId: w.portal.id, enabled: false }),
  "portals/commands setPortalTools": (w) => portals.setPortalTools(w.ctx, { portalId: w.portal.id, portalTools: true, contextMode: "full" }),
  "portals/commands updatePortal": (w) => portals.updatePortal(w.ctx, { portalId: w.portal.id, ...names, instructions: "use them", contact: "" }),
  "portals/toggles renameExposed": (w) => toggles.renameExposed(w.ctx, { portalId: w.portal.id, capabilityId: w.tool.id, name: "other" }),
  "portals/toggles saveToggles": (w) => toggles.saveToggles(w.ctx, { ...assigned(w), shown: [w.tool.id], on: [] }),
  "portals/toggles setToggle": (w) => toggles.setToggle(w.ctx, offToggle(w)),
  "portals/toggles setToggles": (w) => toggles.setToggles(w.ctx, { portalId: w.portal.id, mode: "none" }),
  "service-tokens/commands createServiceToken": (w) => serviceTokens.createServiceToken(w.ctx, { name: "x", portalId: [w.portal.id], days: 1 }),
  "service-tokens/commands revokeServiceToken": (w) => serviceTokens.revokeServiceToken(w.ctx, { serviceTokenId: w.serviceToken.id }),
  "service-tokens/commands rotateServiceToken": (w) => serviceTokens.rotateServiceToken(w.ctx, { serviceTokenId: w.serviceToken.id, days: 1, overlap: 0 }),
  "servers/commands acceptCapabilities": (w) => servers.acceptCapabilities(w.ctx, { serverId: w.server.id, capability: [w.newTool.id] }),
  "servers/commands deleteServer": (w) => servers.deleteServer(w.ctx, { serverId: w.server.id }),
  "servers/commands setServerProtocol": (w) => servers.setServerProtocol(w.ctx, { serverId: w.server.id, protocol: "session" }),
  "servers/commands setServerSecret": (w) =>
    servers.setServerSecret(w.ctx, { serverId: w.server.id, auth: "bearer", token: "abc", headerName: [], headerValue: [] }),
  "servers/commands updateServer": (w) =>
    servers.updateServer(w.ctx, { serverId: w.server.id, url: "https://acme.test/mcp", ...names, callTimeoutSeconds: 60 }),
};

/** Commands without a person's context in front. */
const alsoRaises: Record<string, (w: World) => Promise<unknown>> = {
  revokeGrant: (w) => db.transaction((tx) => revokeGrant(tx, w.grant.id, "client", new Date())),
  revokeGrantsOfClient: (w) => db.transaction((tx) => revokeGrantsOfClient(tx, { orgId: w.org.id, clientName: "Test client" }, "admin", new Date())),
  revokeGrantsOfServiceToken: (w) =>
    db.transaction((tx) => revokeGrantsOfServiceToken(tx, { orgId: w.org.id, serviceTokenId: w.serviceToken.id }, "admin", new Date())),
  revokeGrantsOfPerson: (w) => db.transaction((tx) => revokeGrantsOfPerson(tx, { personId: w.member.id }, "person", new Date())),
};

/** Commands that touch nobody's rights, each with the reason. */
const doesNot: Record<string, string> = {
  "connections/commands discoverServerOAuth": "it reads",
  "connections/commands startSharedConnection": "nothing is connected before the admin is back (tests/oauth/upstream.test.ts)",
  "doctor/commands checkPortal": "it takes back what it made, and that raises it (tests/doctor/portal.test.ts)",
  "doctor/commands checkServer": "it reads",
  "groups/commands createGroup": "no policy can speak of it yet",
  "groups/commands renameGroup": "policies hold ids",
  "members/commands changeRole": "roles matter in /admin only, where they are read on each request",
  "members/invitations inviteMember": "membership begins when it is accepted, and admits to no portal",
  "members/invitations revokeInvitation": "the same",
  "notices/commands rotateWebhookSecret": "whom admins are told by has nothing to do with rights",
  "notices/commands sendTestNotice": "the same",
  "notices/commands setNoticeMail": "the same",
  "notices/commands setWebhook": "the same",
  "oauth/set-client-rules setClientRules": "no cache holds them; asked where a grant begins and at each refresh",
  "orgs/commands deleteOrganization": "the number goes with the row; every lookup misses",
  "orgs/commands renameOrganization": "a name",
  "orgs/commands setRetention": "how long records stay",
  "policies/commands createPolicy": "attached nowhere yet; raising it is allowed",
  "portals/commands createPortal": "nobody can have cached it",
  "portals/commands setPortalLifetimes": "no cache holds them; read at each issue and refresh",
  "servers/commands createServer": "in no portal yet",
  "servers/commands requestSync": "sync raises it when something changed (lib/servers/sync.test.ts)",
};

const isWrite = (name: string) => /\/(commands|attachments|invitations|assign|toggles|set-client-rules) /.test(name);

async function versionOf(w: World): Promise<number> {
  const [row] = await db.select({ version: organizations.accessVersion }).from(organizations).where(eq(organizations.id, w.org.id));
  return row?.version ?? 0;
}

test("every command has a line: it raises the version, or says why it need not", () => {
  expect([...Object.keys(raises), ...Object.keys(doesNot)].sort()).toEqual(tenantFunctions().filter(isWrite));
});

describe("the access version rises with", () => {
  test.each(Object.entries({ ...raises, ...alsoRaises }))("%s", async (_, change) => {
    const world = await aWorld(db);
    const before = await versionOf(world);
    await change(world);
    expect(await versionOf(world)).toBeGreaterThan(before);
  });

  test("nothing that is refused", async () => {
    const world = await aWorld(db);
    await expect(toggles.setToggle(contextOf(db, world.org, world.member, "auditor"), offToggle(world))).rejects.toMatchObject({ code: "forbidden" });
    await expect(attachments.attachPolicy(world.ctx, attached(world))).rejects.toMatchObject({ code: "conflict" });
    expect(await versionOf(world)).toBe(1);
  });
});
