import { count, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import * as exporting from "@/lib/activity/export";
import * as activity from "@/lib/activity/queries";
import * as connectionCommands from "@/lib/connections/commands";
import * as connections from "@/lib/connections/queries";
import * as refusals from "@/lib/connections/refusals";
import type { Database } from "@/lib/db/types";
import * as doctor from "@/lib/doctor/commands";
import { newId } from "@/lib/ids";
import * as groupCommands from "@/lib/groups/commands";
import * as groups from "@/lib/groups/queries";
import * as memberCommands from "@/lib/members/commands";
import * as invitations from "@/lib/members/invitations";
import * as members from "@/lib/members/queries";
import * as notices from "@/lib/notices/queries";
import * as apps from "@/lib/oauth/apps";
import * as clientRules from "@/lib/oauth/client-rules";
import * as oauthCommands from "@/lib/oauth/commands";
import * as orgs from "@/lib/orgs/queries";
import * as overview from "@/lib/overview/queries";
import * as attachments from "@/lib/policies/attachments";
import * as policyCommands from "@/lib/policies/commands";
import * as policies from "@/lib/policies/queries";
import * as assign from "@/lib/portals/assign";
import * as check from "@/lib/portals/check-person";
import * as portalCommands from "@/lib/portals/commands";
import * as portals from "@/lib/portals/queries";
import * as toggleList from "@/lib/portals/toggle-list";
import * as toggles from "@/lib/portals/toggles";
import * as serviceTokenCommands from "@/lib/service-tokens/commands";
import * as serviceTokens from "@/lib/service-tokens/queries";
import * as serviceTokenReach from "@/lib/service-tokens/reach";
import * as serverCommands from "@/lib/servers/commands";
import * as servers from "@/lib/servers/queries";
import { signedIn } from "./oauth/front-door";
import { testDatabase } from "./support/database";
import { tenantFunctions } from "./support/exported";
import { aWorld, type World } from "./support/world";

let db: Database;
let mine: World;
let theirs: World;
beforeAll(async () => {
  db = await testDatabase();
  mine = await aWorld(db);
  theirs = await aWorld(db);
});

type Attempt = (mine: World, theirs: World) => Promise<unknown>;
const noCredential = { auth: "none" as const, token: "", headerName: [], headerValue: [] };
const discovered = { scopes: [], allowUnannouncedS256: false, issuer: "", authorizationEndpoint: "", tokenEndpoint: "", revocationEndpoint: "" };
const upstreamClient = { issuer: "https://auth.test", clientId: "id", clientSecret: "", authentication: "auto" as const };
const names = { name: "x", description: "" };
const update = { ...names, instructions: "", contact: "" };
const serverUpdate = { url: "https://acme.test/mcp", ...names, callTimeoutSeconds: 60 };
const rules = { name: `policy ${newId("pol")}`, description: "", action: "allow" as const, require: [], exclude: [] };
const target = (targetKind: "portal" | "server", targetId: string, policyId: string) => ({ targetKind, targetId, policyId });

/** Takes ids: each attempt with an id of theirs must fail like one with an id that never existed. */
const refused: Record<string, Attempt[]> = {
  "activity/queries getCall": [(m, t) => activity.getCall(m.ctx, t.call.id)],
  "connections/commands disconnectShared": [(m, t) => connectionCommands.disconnectShared(m.ctx, { serverId: t.server.id })],
  "connections/commands discoverServerOAuth": [(m, t) => connectionCommands.discoverServerOAuth(m.ctx, { serverId: t.server.id })],
  "connections/commands dropUpstreamClient": [(m, t) => connectionCommands.dropUpstreamClient(m.ctx, { serverId: t.server.id })],
  "connections/commands setAssignmentAccount": [
    (m, t) => connectionCommands.setAssignmentAccount(m.ctx, { portalId: t.portal.id, serverId: t.server.id, account: "personal" }),
    (m, t) => connectionCommands.setAssignmentAccount(m.ctx, { portalId: m.portal.id, serverId: t.server.id, account: "personal" }),
  ],
  "connections/commands setServerOAuth": [(m, t) => connectionCommands.setServerOAuth(m.ctx, { serverId: t.server.id, ...discovered })],
  "connections/commands setUpstreamClient": [(m, t) => connectionCommands.setUpstreamClient(m.ctx, { serverId: t.server.id, ...upstreamClient })],
  "connections/commands startSharedConnection": [(m, t) => connectionCommands.startSharedConnection(m.ctx, { serverId: t.server.id }, "ses_1")],
  "connections/queries getServerOAuth": [(m, t) => connections.getServerOAuth(m.ctx, t.server.id)],
  "doctor/commands checkPortal": [(m, t) => doctor.checkPortal(m.ctx, { portalId: t.portal.id, client: ["cursor"] }, signedIn(m.ctx.db, m.owner))],
  "doctor/commands checkServer": [(m, t) => doctor.checkServer(m.ctx, { serverId: t.server.id })],
  "groups/commands addPeople": [(m, t) => groupCommands.addPeople(m.ctx, { groupId: t.group.id, emails: "a@acme.test" })],
  "groups/commands deleteGroup": [(m, t) => groupCommands.deleteGroup(m.ctx, { groupId: t.group.id })],
  "groups/commands removePerson": [(m, t) => groupCommands.removePerson(m.ctx, { groupId: t.group.id, email: t.email })],
  "groups/commands renameGroup": [(m, t) => groupCommands.renameGroup(m.ctx, { groupId: t.group.id, ...names })],
  "groups/queries getGroup": [(m, t) => groups.getGroup(m.ctx, t.group.id)],
  "members/commands changeRole": [(m, t) => memberCommands.changeRole(m.ctx, { personId: t.member.id, role: "auditor" })],
  "members/commands removeMember": [(m, t) => memberCommands.removeMember(m.ctx, { personId: t.member.id })],
  "members/commands unblockPerson": [(m, t) => memberCommands.unblockPerson(m.ctx, { blockId: t.block.id })],
  "members/invitations revokeInvitation": [(m, t) => invitations.revokeInvitation(m.ctx, { invitationId: t.invitation.id })],
  "members/queries getMember": [(m, t) => members.getMember(m.ctx, t.member.id)],
  "oauth/commands revokeOrgGrant": [(m, t) => oauthCommands.revokeOrgGrant(m.ctx, { grantId: t.grant.id })],
  "oauth/commands signOutPerson": [(m, t) => oauthCommands.signOutPerson(m.ctx, { personId: t.member.id })],
  "policies/attachments attachPolicy": [
    (m, t) => attachments.attachPolicy(m.ctx, target("portal", t.portal.id, m.sparePolicy.id)),
    (m, t) => attachments.attachPolicy(m.ctx, target("portal", m.portal.id, t.sparePolicy.id)),
    (m, t) => attachments.attachPolicy(m.ctx, target("server", t.server.id, m.sparePolicy.id)),
    (m, t) => attachments.attachPolicy(m.ctx, target("server", m.server.id, t.sparePolicy.id)),
  ],
  "policies/attachments detachPolicy": [
    (m, t) => attachments.detachPolicy(m.ctx, target("portal", t.portal.id, t.policy.id)),
    (m, t) => attachments.detachPolicy(m.ctx, target("server", m.server.id, t.policy.id)),
  ],
  "policies/attachments movePolicy": [(m, t) => attachments.movePolicy(m.ctx, { ...target("portal", t.portal.id, t.policy.id), direction: "up" })],
  "policies/attachments setServerAccess": [(m, t) => attachments.setServerAccess(m.ctx, { serverId: t.server.id, access: "policies" })],
  "policies/commands admitDomain": [(m, t) => policyCommands.admitDomain(m.ctx, { portalId: t.portal.id, domain: "acme.test" })],
  "policies/commands createPolicy": [(m, t) => policyCommands.createPolicy(m.ctx, { ...rules, include: [{ kind: "group", groupId: t.group.id }] })],
  "policies/commands deletePolicy": [(m, t) => policyCommands.deletePolicy(m.ctx, { policyId: t.policy.id })],
  "policies/commands updatePolicy": [
    (m, t) => policyCommands.updatePolicy(m.ctx, { ...rules, policyId: t.policy.id, include: [{ kind: "everyone" }] }),
    (m, t) => policyCommands.updatePolicy(m.ctx, { ...rules, policyId: m.policy.id, include: [{ kind: "group", groupId: t.group.id }] }),
  ],
  "policies/queries getPolicy": [(m, t) => policies.getPolicy(m.ctx, t.policy.id)],
  "portals/assign assignServer": [
    (m, t) => assign.assignServer(m.ctx, { portalId: t.portal.id, serverId: m.spareServer.id, capabilityId: [] }),
    (m, t) => assign.assignServer(m.ctx, { portalId: m.portal.id, serverId: t.spareServer.id, capabilityId: [] }),
    (m, t) => assign.assignServer(m.ctx, { portalId: m.portal.id, serverId: m.spareServer.id, capabilityId: [t.spareTool.id] }),
  ],
  "portals/assign moveServer": [(m, t) => assign.moveServer(m.ctx, { portalId: t.portal.id, serverId: t.server.id, direction: "up" })],
  "portals/assign setPrefix": [(m, t) => assign.setPrefix(m.ctx, { portalId: t.portal.id, serverId: t.server.id, names: "prefixed" })],
  "portals/assign unassignServer": [
    (m, t) => assign.unassignServer(m.ctx, { portalId: t.portal.id, serverId: t.server.id }),
    (m, t) => assign.unassignServer(m.ctx, { portalId: m.portal.id, serverId: t.server.id }),
  ],
  "portals/check-person checkPerson": [(m, t) => check.checkPerson(m.ctx, t.portal.id, t.member.email)],
  "portals/commands deletePortal": [(m, t) => portalCommands.deletePortal(m.ctx, { portalId: t.portal.id, slug: t.portal.slug })],
  "portals/commands setPortalEnabled": [(m, t) => portalCommands.setPortalEnabled(m.ctx, { portalId: t.portal.id, enabled: false })],
  "portals/commands setPortalLifetimes": [(m, t) => portalCommands.setPortalLifetimes(m.ctx, { portalId: t.portal.id, accessTokenMinutes: 5, grantDays: 1 })],
  "portals/commands setPortalTools": [(m, t) => portalCommands.setPortalTools(m.ctx, { portalId: t.portal.id, portalTools: true, contextMode: "search" })],
  "portals/commands updatePortal": [(m, t) => portalCommands.updatePortal(m.ctx, { portalId: t.portal.id, ...update })],
  "portals/queries getAssignment": [
    (m, t) => portals.getAssignment(m.ctx, t.portal.id, t.server.id),
    (m, t) => portals.getAssignment(m.ctx, m.portal.id, t.server.id),
  ],
  "portals/queries getPortal": [(m, t) => portals.getPortal(m.ctx, t.portal.id)],
  "portals/queries previewNames": [
    (m, t) => portals.previewNames(m.ctx, t.portal.id, m.server.id),
    (m, t) => portals.previewNames(m.ctx, m.portal.id, t.server.id),
  ],
  "portals/toggles renameExposed": [
    (m, t) => toggles.renameExposed(m.ctx, { portalId: t.portal.id, capabilityId: t.tool.id, name: "x" }),
    (m, t) => toggles.renameExposed(m.ctx, { portalId: m.portal.id, capabilityId: t.tool.id, name: "x" }),
  ],
  "portals/toggles saveToggles": [
    (m, t) => toggles.saveToggles(m.ctx, { portalId: t.portal.id, serverId: t.server.id, shown: [t.tool.id], on: [] }),
    (m, t) => toggles.saveToggles(m.ctx, { portalId: m.portal.id, serverId: m.server.id, shown: [t.tool.id], on: [] }),
  ],
  "portals/toggles setToggle": [
    (m, t) => toggles.setToggle(m.ctx, { portalId: t.portal.id, capabilityId: t.tool.id, enabled: false }),
    (m, t) => toggles.setToggle(m.ctx, { portalId: m.portal.id, capabilityId: t.tool.id, enabled: false }),
  ],
  "portals/toggles setToggles": [
    (m, t) => toggles.setToggles(m.ctx, { portalId: t.portal.id, mode: "none" }),
    (m, t) => toggles.setToggles(m.ctx, { portalId: m.portal.id, serverId: t.server.id, mode: "none" }),
  ],
  "service-tokens/commands createServiceToken": [
    (m, t) => serviceTokenCommands.createServiceToken(m.ctx, { name: "x", portalId: [t.portal.id], days: 1 }),
    (m, t) => serviceTokenCommands.createServiceToken(m.ctx, { name: "x", portalId: [m.portal.id, t.portal.id], days: 1 }),
  ],
  "service-tokens/commands revokeServiceToken": [(m, t) => serviceTokenCommands.revokeServiceToken(m.ctx, { serviceTokenId: t.serviceToken.id })],
  "service-tokens/commands rotateServiceToken": [
    (m, t) => serviceTokenCommands.rotateServiceToken(m.ctx, { serviceTokenId: t.serviceToken.id, days: 1, overlap: 0 }),
  ],
  "service-tokens/queries getServiceToken": [(m, t) => serviceTokens.getServiceToken(m.ctx, t.serviceToken.id)],
  "servers/commands acceptCapabilities": [
    (m, t) => serverCommands.acceptCapabilities(m.ctx, { serverId: t.server.id, capability: [t.newTool.id] }),
    (m, t) => serverCommands.acceptCapabilities(m.ctx, { serverId: m.server.id, capability: [t.newTool.id] }),
  ],
  "servers/commands deleteServer": [(m, t) => serverCommands.deleteServer(m.ctx, { serverId: t.server.id })],
  "servers/commands requestSync": [(m, t) => serverCommands.requestSync(m.ctx, { serverId: t.server.id })],
  "servers/commands setServerProtocol": [(m, t) => serverCommands.setServerProtocol(m.ctx, { serverId: t.server.id, protocol: "session" })],
  "servers/commands setServerSecret": [
    (m, t) => serverCommands.setServerSecret(m.ctx, { serverId: t.server.id, ...noCredential, auth: "bearer", token: "abc" }),
  ],
  "servers/commands updateServer": [(m, t) => serverCommands.updateServer(m.ctx, { serverId: t.server.id, ...serverUpdate })],
  "servers/queries getCapability": [
    (m, t) => servers.getCapability(m.ctx, t.server.id, t.tool.id),
    (m, t) => servers.getCapability(m.ctx, m.server.id, t.tool.id),
  ],
  "servers/queries getServer": [(m, t) => servers.getServer(m.ctx, t.server.id)],
};

/** Reads: whatever they are asked with, nothing of theirs is in the answer. A list with an id of theirs may be empty or refused. */
const reads: Record<string, Attempt[]> = {
  "activity/export exportActivity": [
    (m) => exporting.exportActivity(m.ctx, "calls", {}),
    (m, t) => exporting.exportActivity(m.ctx, "calls", { server: t.server.id }),
  ],
  "activity/queries activityFacets": [(m) => activity.activityFacets(m.ctx)],
  "activity/queries findCall": [(m, t) => activity.findCall(m.ctx, t.call.id)],
  "activity/queries listAccessEvents": [(m) => activity.listAccessEvents(m.ctx, {}), (m, t) => activity.listAccessEvents(m.ctx, { portal: t.portal.id })],
  "activity/queries listAuditEvents": [(m) => activity.listAuditEvents(m.ctx, {}), (m, t) => activity.listAuditEvents(m.ctx, { server: t.server.id })],
  "activity/queries listCalls": [
    (m) => activity.listCalls(m.ctx, {}),
    (m, t) => activity.listCalls(m.ctx, { portal: t.portal.id }),
    (m, t) => activity.listCalls(m.ctx, { cursor: t.call.id }),
  ],
  "connections/refusals listRefusals": [(m, t) => refusals.listRefusals(m.ctx, t.server.id)],
  "connections/queries listServerConnections": [(m, t) => connections.listServerConnections(m.ctx, t.server.id)],
  "groups/queries listGroupOptions": [(m) => groups.listGroupOptions(m.ctx)],
  "groups/queries listGroupPeople": [(m, t) => groups.listGroupPeople(m.ctx, t.group.id)],
  "groups/queries listGroups": [(m) => groups.listGroups(m.ctx)],
  "members/queries listBlocks": [(m) => members.listBlocks(m.ctx)],
  "members/queries listInvitations": [(m) => members.listInvitations(m.ctx)],
  "members/queries listMembers": [(m) => members.listMembers(m.ctx)],
  "notices/queries getNoticeSettings": [(m) => notices.getNoticeSettings(m.ctx)],
  "notices/queries listNotices": [(m) => notices.listNotices(m.ctx)],
  "notices/queries listTroubles": [(m) => notices.listTroubles(m.ctx)],
  "oauth/apps appFacets": [(m) => apps.appFacets(m.ctx)],
  "oauth/apps countApps": [(m, t) => apps.countApps(m.ctx, { personId: t.member.id }), (m) => apps.countApps(m.ctx, { client: "Test client" })],
  "oauth/apps listApps": [
    (m) => apps.listApps(m.ctx),
    (m, t) => apps.listApps(m.ctx, { portalId: t.portal.id }),
    (m, t) => apps.listApps(m.ctx, { personId: t.member.id }),
    (m, t) => apps.listApps(m.ctx, { q: t.member.email }),
  ],
  "oauth/client-rules countUnlistedApps": [(m) => clientRules.countUnlistedApps(m.ctx)],
  "oauth/client-rules getClientRules": [(m) => clientRules.getClientRules(m.ctx)],
  "orgs/queries getOrganization": [(m) => orgs.getOrganization(m.ctx)],
  "orgs/queries organizationImpact": [(m) => orgs.organizationImpact(m.ctx)],
  "overview/queries getFirstSteps": [(m) => overview.getFirstSteps(m.ctx)],
  "overview/queries getNavigation": [(m) => overview.getNavigation(m.ctx)],
  "overview/queries listCallDays": [(m) => overview.listCallDays(m.ctx)],
  "overview/queries listLastRefusals": [(m) => overview.listLastRefusals(m.ctx)],
  "overview/queries listTroubledServers": [(m) => overview.listTroubledServers(m.ctx)],
  "overview/queries listWaitingReviews": [(m) => overview.listWaitingReviews(m.ctx)],
  "policies/queries countPolicies": [(m) => policies.countPolicies(m.ctx)],
  "policies/queries listAttachable": [(m, t) => policies.listAttachable(m.ctx, { kind: "portal", id: t.portal.id })],
  "policies/queries listAttached": [
    (m, t) => policies.listAttached(m.ctx, { kind: "portal", id: t.portal.id }),
    (m, t) => policies.listAttached(m.ctx, { kind: "server", id: t.server.id }),
  ],
  "policies/queries listGroupChoices": [(m) => policies.listGroupChoices(m.ctx)],
  "policies/queries listPolicies": [(m) => policies.listPolicies(m.ctx)],
  "policies/queries policyImpact": [(m, t) => policies.policyImpact(m.ctx, t.policy.id)],
  "portals/queries listAssignable": [(m) => portals.listAssignable(m.ctx, m.portal.id), (m, t) => portals.listAssignable(m.ctx, t.portal.id)],
  "portals/queries listAssignments": [(m, t) => portals.listAssignments(m.ctx, t.portal.id)],
  "portals/queries listPortals": [(m) => portals.listPortals(m.ctx)],
  "portals/queries listPortalsOfServer": [(m, t) => portals.listPortalsOfServer(m.ctx, t.server.id)],
  "portals/queries portalImpact": [(m, t) => portals.portalImpact(m.ctx, t.portal.id)],
  "portals/queries portalSlugTaken": [(m, t) => portals.portalSlugTaken(m.ctx, t.portal.slug)],
  "portals/toggle-list listToggles": [(m, t) => toggleList.listToggles(m.ctx, t.portal.id)],
  "portals/toggle-list toggleCounts": [(m, t) => toggleList.toggleCounts(m.ctx, t.portal.id)],
  "service-tokens/queries listServiceTokens": [(m) => serviceTokens.listServiceTokens(m.ctx)],
  "service-tokens/reach listReach": [async (m, t) => [...(await serviceTokenReach.listReach(m.ctx, t.serviceToken.id))]],
  "service-tokens/queries listServiceTokensOfPortal": [(m, t) => serviceTokens.listServiceTokensOfPortal(m.ctx, t.portal.id)],
  "servers/queries listCapabilities": [(m, t) => servers.listCapabilities(m.ctx, t.server.id)],
  "servers/queries listServerPortals": [(m, t) => servers.listServerPortals(m.ctx, t.server.id)],
  "servers/queries listServers": [(m) => servers.listServers(m.ctx)],
  "servers/queries serverImpact": [(m, t) => servers.serverImpact(m.ctx, t.server.id)],
};

/** Takes no id of a row at all; the organization is the context's own. */
const withoutIds = new Set([
  "groups/commands createGroup",
  "members/commands blockPerson",
  "members/invitations inviteMember",
  "notices/commands rotateWebhookSecret",
  "notices/commands sendTestNotice",
  "notices/commands setNoticeMail",
  "notices/commands setWebhook",
  "oauth/set-client-rules setClientRules",
  "oauth/commands signOutClient", // a name; lib/oauth/apps.test.ts sees another organization's apps of that name live on
  "orgs/commands deleteOrganization",
  "orgs/commands leaveOrganization",
  "orgs/commands renameOrganization",
  "orgs/commands setRetention",
  "portals/commands createPortal",
  "servers/commands createServer",
  "servers/probe probeServer",
]);

test("every function of an organization has a line here, and every line a function", () => {
  expect([...Object.keys(refused), ...Object.keys(reads), ...withoutIds].sort()).toEqual(tenantFunctions());
});

describe("another organization's id behaves like one that does not exist", () => {
  const cases = Object.entries(refused).flatMap(([name, attempts]) => attempts.map((attempt, i) => [`${name} ${i + 1}`, attempt] as const));
  test.each(cases)("%s", async (_, attempt) => {
    await expect(attempt(mine, theirs)).rejects.toMatchObject({ name: "AppError", code: "not_found" });
  });
});

describe("nothing of another organization is read", () => {
  const cases = Object.entries(reads).flatMap(([name, attempts]) => attempts.map((attempt, i) => [`${name} ${i + 1}`, attempt] as const));
  test.each(cases)("%s", async (_, attempt) => {
    const answer = await attempt(mine, theirs).catch((error: unknown) => {
      expect(error).toMatchObject({ name: "AppError", code: "not_found" });
      return null;
    });
    const text = JSON.stringify(answer ?? null);
    const names = [theirs.server, theirs.portal, theirs.policy, theirs.group, theirs.serviceToken].map(({ name }) => name);
    for (const value of [...names, theirs.member.email, theirs.tool.id, theirs.grant.id]) {
      expect(text).not.toContain(value);
    }
  });
});

test("a slug that is theirs is free here", async () => {
  expect(await portals.portalSlugTaken(mine.ctx, theirs.portal.slug)).toBe(false);
});

test("after all that, nothing of theirs has changed", async () => {
  const [org] = await db.select({ version: schema.organizations.accessVersion }).from(schema.organizations).where(eq(schema.organizations.id, theirs.org.id));
  expect(org?.version).toBe(1);
  for (const table of [
    schema.servers,
    schema.portals,
    schema.policies,
    schema.groups,
    schema.members,
    schema.invitations,
    schema.blocks,
    schema.grants,
    schema.serviceTokens,
  ] as const) {
    const rowsOf = async (orgId: string) => (await db.select({ n: count() }).from(table).where(eq(table.orgId, orgId)))[0]?.n;
    expect(await rowsOf(theirs.org.id)).toBe(await rowsOf(mine.org.id));
  }
});
