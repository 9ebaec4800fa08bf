import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditEvents, capabilities, organizations, servers } from "@/drizzle/schema";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment, anOrg, aPortal, aServer, contextOf } from "@/tests/support/factories";
import { acceptCapabilities, createServer, deleteServer, requestSync, setServerProtocol, setServerSecret, updateServer } from "./commands";
import { loadTarget } from "./credential";
import { getCapability, getServer, listCapabilities, listServers, serverImpact } from "./queries";
import { createServerSchema, probeSchema, suggestSlug } from "./schema";

const db = await testDatabase();
const input = (more: object = {}) => createServerSchema.parse({ url: "https://mcp.example.com/mcp", name: "Jira", slug: "jira", ...more });
const noCredential = { auth: "none" as const, token: "", headerName: [], headerValue: [] };

async function versionOf(orgId: string) {
  const [org] = await db.select({ version: organizations.accessVersion }).from(organizations).where(eq(organizations.id, orgId));
  return org?.version ?? 0;
}

describe("createServer", () => {
  test("TN-10: the credential reaches the upstream and nothing else: not the row, not the record, not the page", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await createServer(ctx, input({ auth: "bearer", token: "s3cret-token-value" }));
    expect((await loadTarget(db, ctx.org.id, id))?.headers).toEqual({ authorization: "Bearer s3cret-token-value" });
    const everything = JSON.stringify([
      await db.select().from(servers).where(eq(servers.id, id)),
      await db.select().from(auditEvents).where(eq(auditEvents.targetId, id)),
      await getServer(ctx, id),
    ]);
    expect(everything).not.toContain("s3cret-token-value");
    expect((await getServer(ctx, id)).secretFingerprint).toMatch(/^[0-9a-f]{8}$/);
  });

  test("a slug is unique in its organization only", async () => {
    const [a, b] = [await anOrg(db), await anOrg(db)];
    await createServer(a.ctx, input());
    await expect(createServer(a.ctx, input())).rejects.toMatchObject({ code: "conflict", field: "slug" });
    await expect(createServer(b.ctx, input())).resolves.toHaveProperty("id");
  });

  test.each(["auditor", "member"] as const)("the role %s may not add, change, delete, accept or synchronise", async (role) => {
    const { ctx, org, owner } = await anOrg(db);
    const server = await aServer(db, org.id);
    const weak = contextOf(db, org, owner, role);
    for (const attempt of [
      createServer(weak, input()),
      updateServer(weak, { serverId: server.id, url: server.url, name: "x", description: "", callTimeoutSeconds: 60 }),
      setServerSecret(weak, { serverId: server.id, ...noCredential }),
      setServerProtocol(weak, { serverId: server.id, protocol: "current" }),
      deleteServer(weak, { serverId: server.id }),
      acceptCapabilities(weak, { serverId: server.id, capability: [] }),
      requestSync(weak, { serverId: server.id }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: "forbidden" });
    }
    expect(ctx.actor.role).toBe("owner");
  });
});

describe("the form's words", () => {
  test.each([
    ["no scheme", { url: "mcp.example.com" }, "url"],
    ["another scheme", { url: "ftp://example.com" }, "url"],
    ["a user in the URL", { url: "https://u:p@example.com/mcp" }, "url"],
    ["a fragment", { url: "https://example.com/#x" }, "url"],
    ["an empty bearer token", { auth: "bearer", token: "" }, "token"],
    ["a bearer token of two lines", { auth: "bearer", token: "a\nb" }, "token"],
    ["a header of ours", { auth: "headers", headerName: ["Host"], headerValue: ["x"] }, "headerName"],
    ["a forwarded header", { auth: "headers", headerName: ["X-Forwarded-For"], headerValue: ["x"] }, "headerName"],
    ["a header twice", { auth: "headers", headerName: ["X-Key", "x-key"], headerValue: ["a", "b"] }, "headerName"],
    ["a header without value", { auth: "headers", headerName: ["X-Key"], headerValue: [""] }, "headerValue"],
  ])("%s is refused beside its field", (_name, more, field) => {
    const parsed = probeSchema.safeParse({ url: "https://example.com/mcp", ...more });
    expect(parsed.error?.issues.map((issue) => issue.path[0])).toContain(field);
  });

  test.each([
    ["Jira Cloud", "jira-cloud"],
    ["Ünïcode!", "unicode"],
    ["a very long name of a server", "a-very-long"],
    ["***", "server"],
  ])("the slug suggested for %s is %s", (name, slug) => {
    expect(suggestSlug(name)).toBe(slug);
    expect(createServerSchema.safeParse({ url: "https://e.com/mcp", name: "x", slug }).success).toBe(true);
  });

  test("TN-07: a field that is not asked for is refused", () => {
    expect(createServerSchema.safeParse({ url: "https://e.com/mcp", name: "x", slug: "x", orgId: "org_b" }).success).toBe(false);
  });
});

describe("updateServer", () => {
  test("UP-20: another URL drops the credential, the approvals, and returns the server to waiting", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await createServer(ctx, input({ auth: "bearer", token: "tok" }));
    await aCapability(db, ctx.org.id, id, "tool", "echo");
    const before = await versionOf(ctx.org.id);
    await updateServer(ctx, { serverId: id, url: "https://other.example.com/mcp", name: "Jira", description: "", callTimeoutSeconds: 60 });
    expect((await loadTarget(db, ctx.org.id, id))?.headers).toEqual({});
    expect(await getServer(ctx, id)).toMatchObject({ status: "waiting", auth: "none", secretFingerprint: null });
    expect((await listCapabilities(ctx, id)).map((row) => row.state)).toEqual(["new"]);
    expect(await versionOf(ctx.org.id)).toBeGreaterThan(before);
  });

  test("another name keeps the credential", async () => {
    const { ctx } = await anOrg(db);
    const { id } = await createServer(ctx, input({ auth: "bearer", token: "tok" }));
    await updateServer(ctx, { serverId: id, url: "https://mcp.example.com/mcp", name: "Renamed", description: "", callTimeoutSeconds: 5 });
    expect(await loadTarget(db, ctx.org.id, id)).toMatchObject({ callTimeoutMs: 5_000, headers: { authorization: "Bearer tok" } });
  });
});

describe("setServerProtocol", () => {
  const found = { transport: "streamable_http", era: "modern", protocolVersion: "2026-07-28", probedAt: new Date() } as const;

  test("another choice forgets what the probe found, and has the server asked again; on record", async () => {
    const { ctx, org } = await anOrg(db);
    const { id } = await aServer(db, org.id, { ...found, status: "ready", nextSyncAt: null });
    const before = await versionOf(org.id);
    expect(await setServerProtocol(ctx, { serverId: id, protocol: "session" })).toEqual({ changed: true });
    const unprobed = { transport: null, era: null, protocolVersion: null };
    expect(await loadTarget(db, org.id, id)).toMatchObject({ protocol: "session", ...unprobed });
    expect(await getServer(ctx, id)).toMatchObject({ protocol: "session", ...unprobed, probedAt: null, status: "ready", nextSyncAt: ctx.now });
    expect(await versionOf(org.id)).toBeGreaterThan(before);
    expect(await db.select().from(auditEvents).where(eq(auditEvents.targetId, id))).toMatchObject([
      { action: "server.protocol_set", before: { protocol: "auto" }, after: { protocol: "session" } },
    ]);
  });

  test("the same choice changes nothing", async () => {
    const { ctx, org } = await anOrg(db);
    const { id } = await aServer(db, org.id, found);
    const before = await versionOf(org.id);
    expect(await setServerProtocol(ctx, { serverId: id, protocol: "auto" })).toEqual({ changed: false });
    expect(await loadTarget(db, org.id, id)).toMatchObject({ era: "modern" });
    expect(await versionOf(org.id)).toBe(before);
  });
});

describe("acceptCapabilities", () => {
  test("SC-02: a changed definition counts again once it is accepted, and the record has both fingerprints", async () => {
    const { ctx, org } = await anOrg(db);
    const server = await aServer(db, org.id);
    const changed = await aCapability(db, org.id, server.id, "tool", "echo", { fingerprint: "after", approvedFingerprint: "before" });
    expect((await getCapability(ctx, server.id, changed.id)).state).toBe("changed");
    expect(await acceptCapabilities(ctx, { serverId: server.id, capability: [changed.id] })).toEqual({ accepted: 1 });
    expect((await getCapability(ctx, server.id, changed.id)).state).toBe("approved");
    const [event] = await db.select().from(auditEvents).where(eq(auditEvents.targetId, server.id));
    expect(event).toMatchObject({
      action: "capability.accepted",
      before: { fingerprints: { "tool echo": "before" } },
      after: { fingerprints: { "tool echo": "after" } },
    });
  });

  test("a capability of another server is not found, and nothing is accepted", async () => {
    const { ctx, org } = await anOrg(db);
    const [one, two] = [await aServer(db, org.id), await aServer(db, org.id)];
    const mine = await aCapability(db, org.id, one.id, "tool", "a", { approvedFingerprint: null });
    const other = await aCapability(db, org.id, two.id, "tool", "b", { approvedFingerprint: null });
    await expect(acceptCapabilities(ctx, { serverId: one.id, capability: [mine.id, other.id] })).rejects.toMatchObject({ code: "not_found" });
    const [row] = await db.select().from(capabilities).where(eq(capabilities.id, mine.id));
    expect(row?.approvedFingerprint).toBeNull();
  });
});

describe("reading", () => {
  test("the list counts what is there, what is new, changed and gone, and the portals", async () => {
    const { ctx, org } = await anOrg(db);
    const server = await aServer(db, org.id);
    const on = await aCapability(db, org.id, server.id, "tool", "on");
    await aCapability(db, org.id, server.id, "tool", "new", { approvedFingerprint: null });
    await aCapability(db, org.id, server.id, "prompt", "changed", { approvedFingerprint: "other" });
    await aCapability(db, org.id, server.id, "resource", "test://gone", { missingSince: new Date() });
    const portal = await aPortal(db, org.id);
    await anAssignment(db, org.id, portal.id, server.id, [on]);
    const [row] = await listServers(ctx);
    expect(row).toMatchObject({ id: server.id, portals: 1, counts: { tools: 2, prompts: 1, resources: 0, fresh: 1, changed: 1, gone: 1 } });
    expect(await serverImpact(ctx, server.id)).toEqual({ portals: [portal.name], capabilitiesOn: 1, policies: 0 });
    expect((await listCapabilities(ctx, server.id, { state: "new" })).map((item) => item.name)).toEqual(["new"]);
    expect((await listCapabilities(ctx, server.id, { text: "100%_" })).length).toBe(0);
  });
});
