import * as schema from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";
import { beginTrouble } from "@/lib/notices/troubles";
import { aCapability, aGrant, aMember, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal } from "./factories";

/** An organization with one of everything, and the ids of it all. */
export type World = Awaited<ReturnType<typeof aWorld>>;

export async function aWorld(db: Database) {
  const { org, owner, ctx } = await anOrg(db);
  const orgId = org.id;
  const member = await aPerson(db);
  await aMember(db, orgId, member.id, "admin");
  const server = await aServer(db, orgId, { lastSuccessAt: new Date() });
  const spareServer = await aServer(db, orgId, { lastSuccessAt: new Date() });
  const tool = await aCapability(db, orgId, server.id, "tool", "get_issue");
  const newTool = await aCapability(db, orgId, server.id, "tool", "new_tool", { approvedFingerprint: null, approvedDefinition: null });
  const spareTool = await aCapability(db, orgId, spareServer.id, "tool", "spare_tool");
  const portal = await aPortal(db, orgId);
  await anAssignment(db, orgId, portal.id, server.id, [tool]);
  const policy = await aPolicy(db, orgId, [{ kind: "everyone" }]);
  const sparePolicy = await aPolicy(db, orgId, [{ kind: "everyone" }]);
  await attachToPortal(db, orgId, portal.id, policy.id);
  await db.insert(schema.serverPolicies).values({ orgId, serverId: server.id, policyId: policy.id, position: 0 });
  const group = { id: newId("grp"), orgId, name: `group ${newId("grp")}` };
  await db.insert(schema.groups).values(group);
  const email = `in-${group.id}@acme.test`;
  await db.insert(schema.groupPeople).values({ orgId, groupId: group.id, email });
  const expiresAt = new Date(Date.now() + 3_600_000);
  const invitation = {
    id: newId("inv"),
    orgId,
    email: `invited-${orgId}@acme.test`,
    role: "member" as const,
    tokenHash: hashToken(newToken("t")),
    invitedBy: owner.email,
    expiresAt,
  };
  await db.insert(schema.invitations).values(invitation);
  const block = { id: newId("blk"), orgId, email: `blocked-${orgId}@acme.test`, createdBy: owner.email };
  await db.insert(schema.blocks).values(block);
  const { grant } = await aGrant(db, portal, member.id, "r");
  const serviceToken = { id: newId("svc"), orgId, name: `token ${newId("svc")}`, secretHash: hashToken(newToken("ghs")), createdBy: owner.email, expiresAt };
  await db.insert(schema.serviceTokens).values(serviceToken);
  const machines = { orgId, portalId: portal.id, serviceTokenId: serviceToken.id, scope: "mcp", resource: "r", redirectUri: "", expiresAt };
  await db.insert(schema.grants).values({ id: newId("gnt"), ...machines });
  const call = {
    id: newId("cal"),
    orgId,
    startedAt: new Date(),
    instanceId: "ins_1",
    personEmail: member.email,
    clientName: "client",
    portalId: portal.id,
    portalName: portal.name,
    serverId: server.id,
    serverName: server.name,
    method: "tools/call",
    protocolVersion: "2025-11-25",
    decision: "denied" as const,
    outcome: "denied" as const,
  };
  await db.insert(schema.calls).values(call);
  await db.insert(schema.accessEvents).values({ id: newId("acc"), orgId, kind: "consent", outcome: "refused", email: member.email });
  await db.insert(schema.auditEvents).values({
    id: newId("aud"),
    orgId,
    actorId: owner.id,
    actorEmail: owner.email,
    action: "server.created",
    targetKind: "server",
    targetId: server.id,
    targetName: server.name,
  });
  await beginTrouble(db, { orgId, serverId: server.id, topic: "calls", kind: "calls_failing", detail: "" }, true, new Date());
  const context: OrgContext = ctx;
  return {
    org,
    owner,
    member,
    ctx: context,
    server,
    spareServer,
    tool,
    newTool,
    spareTool,
    portal,
    policy,
    sparePolicy,
    group,
    email,
    invitation,
    block,
    grant,
    serviceToken,
    call,
  };
}
