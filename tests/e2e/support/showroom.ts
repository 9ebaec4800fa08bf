import * as schema from "@/drizzle/schema";
import type { CallOutcome } from "@/drizzle/schema/activity";
import type { Database } from "@/lib/db/types";
import { idAt, newId } from "@/lib/ids";
import { hashPassword } from "@/lib/people/password";
import { aCapability, aClient, aGrant, aMember, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal } from "@/tests/support/factories";
import { password } from "./person";
import { theAccounts } from "./showroom-accounts";
import { theNotices } from "./showroom-notices";

const inAnHour = () => new Date(Date.now() + 3_600_000);

/** An organization as it looks after some weeks: servers in every state, a portal, policies, people, two weeks of calls. */
export async function aShowroom(db: Database, publicUrl: string) {
  const { org, owner } = await anOrg(db, { slug: "acme", name: "Acme" });
  const orgId = org.id;
  const ana = await aPerson(db, { email: "ana@acme.test", name: "Ana Ortiz", passwordHash: await hashPassword(password) });
  await aMember(db, orgId, ana.id, "owner");
  const bo = await aPerson(db, { email: "bo@acme.test", name: "Bo Lind" });
  await aMember(db, orgId, bo.id, "admin");
  for (const [name, role] of [
    ["Cleo Park", "auditor"],
    ["Dai Mori", "member"],
  ] as const) {
    await aMember(db, orgId, (await aPerson(db, { email: `${name.split(" ")[0]?.toLowerCase()}@acme.test`, name })).id, role);
  }
  const synced = { lastSyncAt: new Date(), lastSuccessAt: new Date(), nextSyncAt: inAnHour(), protocolVersion: "2025-11-25" };
  const jira = await aServer(db, orgId, {
    name: "Jira",
    slug: "jira",
    url: "https://mcp.atlassian.example/v1/mcp",
    description: "Issues and boards",
    ...synced,
  });
  const github = await aServer(db, orgId, {
    name: "GitHub",
    slug: "github",
    url: "https://api.github.example/mcp",
    ...synced,
    auth: "bearer",
    secretFingerprint: "3fa91c02",
    secretSetAt: new Date(),
  });
  const sentry = await aServer(db, orgId, {
    name: "Sentry",
    slug: "sentry",
    url: "https://mcp.sentry.example/mcp",
    ...synced,
    status: "stale",
    errorCause: "unauthorized",
    errorMessage: "the server wants another credential (401)",
  });
  await aServer(db, orgId, { name: "Notes", slug: "notes", url: "https://notes.example/mcp", status: "waiting", nextSyncAt: inAnHour() });

  const more = (
    description: string,
    readOnly: boolean,
    inputSchema: object = {
      type: "object",
      properties: { query: { type: "string", description: "what to look for" }, limit: { type: "integer", default: 20 } },
      required: ["query"],
    },
  ) => ({ description, readOnly, definition: { name: "x", description, inputSchema, annotations: { readOnlyHint: readOnly } } });
  const jiraTools: Awaited<ReturnType<typeof aCapability>>[] = [];
  for (const [name, words, readOnly] of [
    ["search_issues", "Search issues with JQL", true],
    ["get_issue", "Read one issue with its comments", true],
    ["create_issue", "Create an issue in a project", false],
    ["transition_issue", "Move an issue to another state", false],
    ["list_projects", "List the projects this account sees", true],
  ] as const) {
    jiraTools.push(await aCapability(db, orgId, jira.id, "tool", name, more(words, readOnly)));
  }
  const changed = await aCapability(db, orgId, jira.id, "tool", "add_comment", {
    ...more("Add a comment to an issue", false),
    approvedFingerprint: "before",
    approvedDefinition: { name: "add_comment", description: "Add a comment" },
    changedAt: new Date(),
  });
  await aCapability(db, orgId, jira.id, "tool", "delete_issue", {
    ...more("Delete an issue", false),
    approvedFingerprint: null,
    approvedDefinition: null,
    warnings: ["instructions"],
  });
  const triage = await aCapability(db, orgId, jira.id, "prompt", "triage", { description: "Triage new issues" });
  const board = await aCapability(db, orgId, jira.id, "resource", "jira://board/eng", { title: "Engineering board" });
  for (const name of ["search_code", "get_file", "create_pull_request", "list_issues"])
    await aCapability(db, orgId, github.id, "tool", name, more(`GitHub: ${name.replaceAll("_", " ")}`, !name.startsWith("create")));
  const sentryTool = await aCapability(db, orgId, sentry.id, "tool", "list_errors", more("List the newest errors", true));

  const portal = await aPortal(db, orgId, { name: "Engineering", slug: "eng", description: "Tools for the engineering team", contact: "it@acme.test" });
  await aPortal(db, orgId, { name: "Support", slug: "support", enabled: false });
  await anAssignment(db, orgId, portal.id, jira.id, [...jiraTools, changed, triage, board]);
  await anAssignment(db, orgId, portal.id, sentry.id, [sentryTool], { position: 1 });
  const group = { id: newId("grp"), orgId, name: "contractors", description: "People from partner companies" };
  await db.insert(schema.groups).values(group);
  await db.insert(schema.groupPeople).values(["kim@partner.test", "lee@partner.test"].map((email) => ({ orgId, groupId: group.id, email })));
  const policy = await aPolicy(
    db,
    orgId,
    [
      { kind: "email_domain", domain: "acme.test" },
      { kind: "group", groupId: group.id },
    ],
    { name: "Staff and contractors", exclude: [{ kind: "email", email: "dai@acme.test" }] },
  );
  const leavers = await aPolicy(db, orgId, [{ kind: "email", email: "eve@acme.test" }], { name: "Leavers", action: "block" });
  await attachToPortal(db, orgId, portal.id, leavers.id, policy.id);
  const accounts = await theAccounts(db, { orgId, portalId: portal.id, ana: ana.id });
  await theNotices(db, orgId, { jira, sentry, figma: { id: accounts.sharedEnding } });
  await db.insert(schema.blocks).values({ id: newId("blk"), orgId, email: "mallory@elsewhere.test", reason: "shared an account", createdBy: ana.email });
  await db
    .insert(schema.invitations)
    .values({ id: newId("inv"), orgId, email: "fay@acme.test", role: "admin", tokenHash: "h", invitedBy: ana.email, expiresAt: inAnHour() });
  const { grant, client } = await aGrant(db, portal, ana.id, `${publicUrl}/mcp/acme/eng`, { createdAt: new Date(Date.now() - 7 * 86_400_000) });
  await otherApps(db, portal, ana.id, bo.id);
  const tokens = await theTokens(db, portal, ana.email);

  const outcomes: CallOutcome[] = ["ok", "ok", "ok", "ok", "tool_error", "ok", "denied", "unreachable"];
  const calls = Array.from({ length: 90 }, (_, i) => {
    const outcome = outcomes[i % outcomes.length] ?? "ok";
    const startedAt = new Date(Date.now() - i * i * 150_000);
    const tool = jiraTools[i % jiraTools.length]?.name ?? "get_issue";
    const who = {
      personId: ana.id,
      personEmail: i % 3 ? ana.email : "bo@acme.test",
      grantId: grant.id,
      clientId: client.id,
      clientName: i % 2 ? "Claude Code" : "Cursor",
    };
    const what = { method: "tools/call", capabilityKind: "tool", capabilityName: tool, requestedName: tool, protocolVersion: "2025-11-25" };
    return {
      id: idAt("cal", startedAt),
      orgId,
      startedAt,
      endedAt: startedAt,
      instanceId: "ins",
      ...who,
      ...what,
      portalId: portal.id,
      portalName: "Engineering",
      serverId: jira.id,
      serverName: "Jira",
      decision: outcome === "denied" ? ("denied" as const) : ("allowed" as const),
      decidedBy: outcome === "denied" ? "toggle" : "portal",
      policyId: policy.id,
      policyName: policy.name,
      outcome,
      errorMessage: outcome === "unreachable" ? "nothing answers at the server's address" : null,
      durationMs: 40 + ((i * 37) % 400),
      upstreamMs: 30 + ((i * 31) % 300),
      requestBytes: 180,
      responseBytes: 2_400,
      ip: "127.0.0.1",
    };
  });
  await db.insert(schema.calls).values(calls);
  await db.insert(schema.accessEvents).values([
    {
      id: newId("acc"),
      orgId,
      kind: "consent",
      outcome: "ok",
      personId: ana.id,
      email: ana.email,
      portalId: portal.id,
      portalName: "Engineering",
      clientName: "Claude Code",
    },
    {
      id: newId("acc"),
      orgId,
      kind: "authorization_refused",
      outcome: "refused",
      reason: "no policy matches",
      email: "bo@elsewhere.test",
      portalId: portal.id,
      portalName: "Engineering",
      clientName: "Cursor",
    },
  ]);
  const target = { orgId, actorId: ana.id, actorEmail: ana.email, targetKind: "server", targetId: jira.id, targetName: "Jira" };
  await db.insert(schema.auditEvents).values([
    { id: newId("aud"), ...target, action: "server.created", after: { url: jira.url, auth: "none" } },
    { id: newId("aud"), ...target, action: "server.updated", before: { name: "jira" }, after: { name: "Jira" } },
  ]);
  return {
    org: org.slug,
    email: ana.email,
    person: ana.id,
    owner: owner.id,
    portal: portal.id,
    portalSlug: portal.slug,
    server: jira.id,
    otherServer: github.id,
    ...accounts,
    policy: policy.id,
    group: group.id,
    changed: changed.id,
    call: calls[6]?.id ?? "",
    ...tokens,
  };
}

/** Apps of every kind: verified by its vendor, described by one, self-registered. */
async function otherApps(db: Database, portal: { id: string; orgId: string }, ana: string, bo: string) {
  const claude = await aClient(db, { id: "https://claude.example/oauth/client.json", kind: "cimd", name: "Claude" });
  const cli = await aClient(db, { id: "https://cli.claude.example/client.json", kind: "cimd", name: "Claude Code" });
  const cursor = await aClient(db, { name: "Cursor" });
  const used = { lastUsedAt: new Date(Date.now() - 600_000) };
  await aGrant(db, portal, ana, "r", { clientId: claude.id, redirectUri: "https://claude.example/api/mcp/auth_callback", ...used });
  await aGrant(db, portal, bo, "r", { clientId: cli.id, redirectUri: "http://localhost:3118/callback", serversOff: ["srv_1"], ...used });
  await aGrant(db, portal, bo, "r", { clientId: cursor.id, redirectUri: "cursor://anysphere.cursor-mcp/oauth/callback" });
}

/** Service tokens in every state. */
async function theTokens(db: Database, portal: { id: string; orgId: string }, createdBy: string) {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
  const token = async (name: string, days: number, more: Partial<typeof schema.serviceTokens.$inferInsert> = {}, lastUsedAt: Date | null = null) => {
    const id = newId("svc");
    const expiresAt = inDays(days);
    await db.insert(schema.serviceTokens).values({ id, orgId: portal.orgId, name, secretHash: "h", createdBy, createdAt: inDays(-60), expiresAt, ...more });
    const bound = { orgId: portal.orgId, portalId: portal.id, serviceTokenId: id, scope: "mcp", resource: "r", redirectUri: "", expiresAt, lastUsedAt };
    await db.insert(schema.grants).values({ id: newId("gnt"), ...bound });
    return id;
  };
  await token("Build server", 71, {}, inDays(-1));
  await token("Old importer", -3);
  return {
    serviceToken: await token("Nightly report", 5.5, { oldSecretHash: "h", oldSecretUntil: inDays(0.8) }, inDays(-0.3)),
    revokedToken: await token("Tried it once", 30, { revokedAt: inDays(-2) }),
  };
}
