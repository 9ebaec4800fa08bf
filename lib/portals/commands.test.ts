import { and, asc, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { auditEvents, blocks, capabilities, organizations, servers, toggles } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { aCapability, aGrant, anAssignment, anOrg, aPerson, aPolicy, aPortal, aServer, attachToPortal, contextOf } from "@/tests/support/factories";
import {
  assignServer,
  createPortal,
  deletePortal,
  moveServer,
  renameExposed,
  saveToggles,
  setPortalEnabled,
  setPortalTools,
  setPrefix,
  setToggle,
  setToggles,
  unassignServer,
  updatePortal,
} from "./commands";
import {
  checkPerson,
  getAssignment,
  getPortal,
  listAssignable,
  listAssignments,
  listPortals,
  listPortalsOfServer,
  listToggles,
  portalImpact,
  portalSlugTaken,
  previewNames,
  toggleCounts,
} from "./queries";
import { createPortalSchema, setPortalToolsSchema, suggestPortalSlug } from "./schema";
import { loadPortalView } from "./view";

const db = await testDatabase();
const synced = { lastSuccessAt: new Date() };
const versionOf = async (ctx: OrgContext) =>
  (await db.select({ v: organizations.accessVersion }).from(organizations).where(eq(organizations.id, ctx.org.id)))[0]?.v ?? 0;
const auditOf = (ctx: OrgContext) => db.select().from(auditEvents).where(eq(auditEvents.orgId, ctx.org.id)).orderBy(asc(auditEvents.id));
const servedIn = async (orgId: string, portalId: string) =>
  (await loadPortalView(db, orgId, portalId))?.servers.flatMap((server) => server.capabilities.map((capability) => capability.exposedName)).sort();

async function recordedChange(ctx: OrgContext, work: () => Promise<unknown>) {
  const [version, events] = [await versionOf(ctx), (await auditOf(ctx)).length];
  await work();
  const fresh = (await auditOf(ctx)).slice(events);
  return { bumped: (await versionOf(ctx)) > version, actions: fresh.map((event) => event.action), events: fresh };
}

/** A portal with one synchronised server: a read-only tool that is on, a writing one that is off, and one of each other state. */
async function aFilledPortal() {
  const { ctx, org, owner } = await anOrg(db);
  const [portal, server] = [await aPortal(db, org.id), await aServer(db, org.id, { slug: "jira", name: "Jira", ...synced })];
  const search = await aCapability(db, org.id, server.id, "tool", "search", { readOnly: true, position: 1 });
  const create = await aCapability(db, org.id, server.id, "tool", "create", { position: 2 });
  const fresh = await aCapability(db, org.id, server.id, "tool", "fresh", { approvedFingerprint: null, approvedDefinition: null, position: 3 });
  const changed = await aCapability(db, org.id, server.id, "tool", "changed", { approvedFingerprint: "before", position: 4 });
  const gone = await aCapability(db, org.id, server.id, "tool", "gone", { missingSince: new Date(), position: 5 });
  await anAssignment(db, org.id, portal.id, server.id, [search, create, fresh, changed, gone]);
  const off = (id: string, decided: boolean) => db.update(toggles).set({ enabled: false, decided }).where(eq(toggles.capabilityId, id));
  await off(create.id, true);
  await off(fresh.id, false);
  return { ctx, org, owner, portal, server, search, create, fresh, changed, gone };
}

describe("a portal", () => {
  test("is made, changed, switched off and on, and deleted, each on record", async () => {
    const { ctx } = await anOrg(db);
    const made = await recordedChange(ctx, () => createPortal(ctx, { name: "Engineering", slug: "eng", description: "" }));
    expect(made).toMatchObject({ bumped: true, actions: ["portal.created"] });
    const [portal] = await listPortals(ctx);
    expect(portal).toMatchObject({ name: "Engineering", url: `http://localhost:3000/mcp/${ctx.org.slug}/eng`, servers: 0, policies: 0, people: 0 });
    const portalId = portal?.id ?? "";
    expect(await portalSlugTaken(ctx, "eng")).toBe(true);

    const fields = { portalId, name: "Eng", description: "d", instructions: "line\nline", contact: "it@acme.test" };
    const updated = await recordedChange(ctx, () => updatePortal(ctx, fields));
    expect(updated).toMatchObject({ bumped: true, actions: ["portal.updated"] });
    expect(updated.events[0]?.before).toMatchObject({ name: "Engineering" });
    expect(await getPortal(ctx, portalId)).toMatchObject({ name: "Eng", slug: "eng", contact: "it@acme.test" });

    expect(await recordedChange(ctx, () => setPortalEnabled(ctx, { portalId, enabled: false }))).toMatchObject({ actions: ["portal.switched_off"] });
    expect(await recordedChange(ctx, () => setPortalEnabled(ctx, { portalId, enabled: false }))).toMatchObject({ bumped: false, actions: [] });
    expect(await recordedChange(ctx, () => setPortalEnabled(ctx, { portalId, enabled: true }))).toMatchObject({ actions: ["portal.switched_on"] });

    await expect(deletePortal(ctx, { portalId, slug: "other" })).rejects.toMatchObject({ code: "invalid", field: "slug" });
    expect(await recordedChange(ctx, () => deletePortal(ctx, { portalId, slug: "eng" }))).toMatchObject({ bumped: true, actions: ["portal.deleted"] });
    await expect(getPortal(ctx, portalId)).rejects.toMatchObject({ code: "not_found" });
  });

  test("offers tools of its own only when an admin says so, on record", async () => {
    const { ctx } = await anOrg(db);
    const { id: portalId } = await createPortal(ctx, { name: "Engineering", slug: "eng", description: "" });
    expect(await getPortal(ctx, portalId)).toMatchObject({ portalTools: false, contextMode: "full" });
    const on = setPortalToolsSchema.parse({ portalId, portalTools: "on", contextMode: "search" });
    const changed = await recordedChange(ctx, () => setPortalTools(ctx, on));
    expect(changed).toMatchObject({ bumped: true, actions: ["portal.tools_set"] });
    expect(changed.events).toMatchObject([{ before: { portalTools: false, contextMode: "full" }, after: { portalTools: true, contextMode: "search" } }]);
    expect((await loadPortalView(db, ctx.org.id, portalId))?.portal).toMatchObject({ portalTools: true, contextMode: "search" });
    expect(await recordedChange(ctx, () => setPortalTools(ctx, on))).toMatchObject({ bumped: false, actions: [] });
    await setPortalTools(ctx, setPortalToolsSchema.parse({ portalId, contextMode: "search" }));
    expect(await getPortal(ctx, portalId)).toMatchObject({ portalTools: false, contextMode: "search" });
    expect(setPortalToolsSchema.safeParse({ portalId, contextMode: "everything" }).success).toBe(false);
  });

  test("whose address is taken is refused beside the address, in this organization only", async () => {
    const [{ ctx }, other] = [await anOrg(db), await anOrg(db)];
    await createPortal(other.ctx, { name: "a", slug: "eng", description: "" });
    expect(await portalSlugTaken(ctx, "eng")).toBe(false);
    await createPortal(ctx, { name: "a", slug: "eng", description: "" });
    await expect(createPortal(ctx, { name: "b", slug: "eng", description: "" })).rejects.toMatchObject({ code: "conflict", field: "slug" });
  });

  test.each(["", "-a", "a b", "a".repeat(33), "new", "connect", "../x", "a\0"])("slug %j is refused", (slug) =>
    expect(createPortalSchema.safeParse({ name: "x", slug }).success).toBe(false),
  );

  test("takes no field it does not know", () => expect(createPortalSchema.safeParse({ name: "x", slug: "x", orgId: "org_other" }).success).toBe(false));

  test.each([
    ["Engineering Team", "engineering-team"],
    ["New", ""],
    ["日本", ""],
  ])("named %j suggests %j", (name, slug) => expect(suggestPortalSlug(name)).toBe(slug));

  test("knows what deleting it ends", async () => {
    const { ctx, owner, portal } = await aFilledPortal();
    await aGrant(db, portal, owner.id, "x");
    await aGrant(db, portal, owner.id, "x");
    await aGrant(db, portal, (await aPerson(db)).id, "x", { revokedAt: new Date() });
    expect(await portalImpact(ctx, portal.id)).toEqual({ people: 1, apps: 2, calls: 0, servers: 1 });
    expect((await listPortals(ctx))[0]).toMatchObject({ people: 1, servers: 1, on: 1, total: 4 });
  });
});

describe("putting a server into a portal", () => {
  test("switches the ticked ones on and approves the new among them", async () => {
    const { ctx, org, server, search, fresh, create } = await aFilledPortal();
    const portal = await aPortal(db, org.id);
    const preview = await previewNames(ctx, portal.id, server.id);
    expect(preview).toMatchObject({ prefixed: false, server: { name: "Jira", synced: true } });
    const change = await recordedChange(ctx, () =>
      assignServer(ctx, { portalId: portal.id, serverId: server.id, capabilityId: [search.id, fresh.id], seen: preview.seen }),
    );
    expect(change).toMatchObject({ bumped: true, actions: ["server.assigned"] });
    expect(await servedIn(org.id, portal.id)).toEqual(["fresh", "search"]);
    const [stored] = await db
      .select()
      .from(toggles)
      .where(and(eq(toggles.portalId, portal.id), eq(toggles.capabilityId, create.id)));
    expect(stored).toMatchObject({ enabled: false, decided: true });
  });

  test("never switches on what waits for a review, even when ticked", async () => {
    const { ctx, org, server, changed, gone } = await aFilledPortal();
    const portal = await aPortal(db, org.id);
    await assignServer(ctx, { portalId: portal.id, serverId: server.id, capabilityId: [changed.id, gone.id] });
    const rows = await db.select().from(toggles).where(eq(toggles.portalId, portal.id));
    expect(rows.filter((row) => row.enabled)).toEqual([]);
  });

  test("on a clash prefixes only the newcomer", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const second = await aServer(db, org.id, { slug: "hub", ...synced });
    const tools = [await aCapability(db, org.id, second.id, "tool", "SEARCH"), await aCapability(db, org.id, second.id, "tool", "other")];
    expect(await assignServer(ctx, { portalId: portal.id, serverId: second.id, capabilityId: tools.map((tool) => tool.id) })).toEqual({
      on: 2,
      prefixed: true,
    });
    expect(await servedIn(org.id, portal.id)).toEqual(["hub_SEARCH", "hub_other", "search"]);
    expect((await listAssignments(ctx, portal.id)).map((row) => [row.serverId, row.prefixed, row.on, row.total, row.waiting])).toEqual([
      [server.id, false, 1, 4, 2],
      [second.id, true, 2, 2, 0],
    ]);
  });

  test("is refused when the list changed after it was shown", async () => {
    const { ctx, org, server, search } = await aFilledPortal();
    const portal = await aPortal(db, org.id);
    const { seen } = await previewNames(ctx, portal.id, server.id);
    await db.update(capabilities).set({ fingerprint: "poisoned" }).where(eq(capabilities.id, search.id));
    await expect(assignServer(ctx, { portalId: portal.id, serverId: server.id, capabilityId: [search.id], seen })).rejects.toMatchObject({ code: "conflict" });
    expect(await listAssignments(ctx, portal.id)).toEqual([]);
  });

  test("is refused twice, before the first synchronisation, and with another server's tools", async () => {
    const { ctx, org, portal, server, search } = await aFilledPortal();
    const waiting = await aServer(db, org.id, { status: "waiting" });
    const other = await aServer(db, org.id, synced);
    const assign = (serverId: string, capabilityId: string[] = []) => assignServer(ctx, { portalId: portal.id, serverId, capabilityId });
    await expect(assign(server.id)).rejects.toMatchObject({ code: "conflict", field: "serverId" });
    await expect(assign(waiting.id)).rejects.toMatchObject({ code: "conflict" });
    await expect(assign(other.id, [search.id])).rejects.toMatchObject({ code: "not_found" });
    expect((await listAssignable(ctx, portal.id)).map((row) => [row.id, row.synced]).sort()).toEqual(
      [
        [waiting.id, false],
        [other.id, true],
      ].sort(),
    );
  });

  test("can be undone, and the order of servers changed, each on record", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const second = await aServer(db, org.id, synced);
    await assignServer(ctx, { portalId: portal.id, serverId: second.id, capabilityId: [] });
    const move = (direction: "up" | "down") => moveServer(ctx, { portalId: portal.id, serverId: second.id, direction });
    expect(await recordedChange(ctx, () => move("up"))).toMatchObject({ bumped: true, actions: ["server.moved"] });
    expect((await listAssignments(ctx, portal.id)).map((row) => row.serverId)).toEqual([second.id, server.id]);
    expect(await recordedChange(ctx, () => move("up"))).toMatchObject({ bumped: false, actions: [] });
    expect((await listPortalsOfServer(ctx, server.id)).map((row) => row.id)).toEqual([portal.id]);
    expect(await getAssignment(ctx, portal.id, server.id)).toMatchObject({ serverName: "Jira", prefixed: false, people: 0 });
    const out = await recordedChange(ctx, () => unassignServer(ctx, { portalId: portal.id, serverId: server.id }));
    expect(out).toMatchObject({ bumped: true, actions: ["server.unassigned"] });
    expect(await servedIn(org.id, portal.id)).toEqual([]);
    await expect(unassignServer(ctx, { portalId: portal.id, serverId: server.id })).rejects.toMatchObject({ code: "not_found" });
    await expect(moveServer(ctx, { portalId: portal.id, serverId: server.id, direction: "up" })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("a switch", () => {
  test("turns a tool off and on, on record", async () => {
    const { ctx, org, portal, search } = await aFilledPortal();
    const off = await recordedChange(ctx, () => setToggle(ctx, { portalId: portal.id, capabilityId: search.id, enabled: false }));
    expect(off).toMatchObject({ bumped: true, actions: ["toggles.changed"] });
    expect(off.events[0]).toMatchObject({ before: { on: ["search"] }, after: { off: ["search"] } });
    expect(await servedIn(org.id, portal.id)).toEqual([]);
    await setToggle(ctx, { portalId: portal.id, capabilityId: search.id, enabled: true });
    expect(await servedIn(org.id, portal.id)).toEqual(["search"]);
    expect(await recordedChange(ctx, () => setToggle(ctx, { portalId: portal.id, capabilityId: search.id, enabled: true }))).toMatchObject({ actions: [] });
  });

  test("approves a new tool in the form that was looked at, and no other", async () => {
    const { ctx, org, portal, fresh } = await aFilledPortal();
    const set = (fingerprint: string) => setToggle(ctx, { portalId: portal.id, capabilityId: fresh.id, enabled: true, fingerprint });
    await expect(set("what it was before")).rejects.toMatchObject({ code: "conflict" });
    expect(await servedIn(org.id, portal.id)).toEqual(["search"]);
    await set(fresh.fingerprint);
    expect(await servedIn(org.id, portal.id)).toEqual(["fresh", "search"]);
  });

  test("does not turn on what has changed or is gone, and says why", async () => {
    const { ctx, portal, changed, gone } = await aFilledPortal();
    const set = (capabilityId: string) => setToggle(ctx, { portalId: portal.id, capabilityId, enabled: true });
    await expect(set(changed.id)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("server's page") });
    await expect(set(gone.id)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("no longer offers") });
    await expect(setToggle(ctx, { portalId: portal.id, capabilityId: changed.id, enabled: false })).resolves.toBeUndefined();
  });
});

describe("many switches at once", () => {
  test.each([
    ["all", ["create", "fresh", "search"], 2],
    ["none", [], 0],
    ["read_only", ["search"], 0],
  ] as const)("%s", async (mode, served, skipped) => {
    const { ctx, org, portal, server } = await aFilledPortal();
    expect((await setToggles(ctx, { portalId: portal.id, serverId: server.id, mode })).skipped).toBe(skipped);
    expect(await servedIn(org.id, portal.id)).toEqual(served);
  });

  test("in the whole portal, leaving other portals alone", async () => {
    const { ctx, org, portal, server, search } = await aFilledPortal();
    const other = await aPortal(db, org.id);
    await anAssignment(db, org.id, other.id, server.id, [search]);
    const change = await recordedChange(ctx, () => setToggles(ctx, { portalId: portal.id, mode: "none" }));
    expect(change).toMatchObject({ bumped: true, actions: ["toggles.changed"] });
    expect(await servedIn(org.id, other.id)).toEqual(["search"]);
  });

  test("a form of checkboxes changes only what it showed", async () => {
    const { ctx, org, portal, server, search, create } = await aFilledPortal();
    await saveToggles(ctx, { portalId: portal.id, serverId: server.id, shown: [create.id], on: [create.id] });
    expect(await servedIn(org.id, portal.id)).toEqual(["create", "search"]);
    await saveToggles(ctx, { portalId: portal.id, serverId: server.id, shown: [create.id, search.id], on: [create.id] });
    expect(await servedIn(org.id, portal.id)).toEqual(["create"]);
    const strange = { portalId: portal.id, serverId: server.id, shown: [], on: [newId("cap")] };
    await expect(saveToggles(ctx, strange)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("names", () => {
  test("can be chosen, are unique after case folding, and go back to the automatic one", async () => {
    const { ctx, org, portal, search, create } = await aFilledPortal();
    const rename = (name: string) => renameExposed(ctx, { portalId: portal.id, capabilityId: search.id, name });
    const change = await recordedChange(ctx, () => rename("find_issue"));
    expect(change).toMatchObject({ bumped: true, actions: ["capability.renamed"] });
    expect(change.events[0]).toMatchObject({ before: { exposedName: "search" }, after: { exposedName: "find_issue" } });
    expect(await servedIn(org.id, portal.id)).toEqual(["find_issue"]);
    await expect(rename("CREATE")).rejects.toMatchObject({ code: "conflict", field: "name" });
    await expect(rename("portal_x")).rejects.toMatchObject({ code: "invalid", field: "name" });
    await expect(rename("a b")).rejects.toMatchObject({ code: "invalid", field: "name" });
    expect(await rename("")).toEqual({ name: "search" });
    expect(create.name).toBe("create");
  });

  test("a resource keeps its address", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const resource = await aCapability(db, org.id, server.id, "resource", "file:///a");
    await db.insert(toggles).values({
      orgId: org.id,
      portalId: portal.id,
      serverId: server.id,
      capabilityId: resource.id,
      kind: "resource",
      enabled: true,
      exposedName: "file:///a",
    });
    await expect(renameExposed(ctx, { portalId: portal.id, capabilityId: resource.id, name: "x" })).rejects.toMatchObject({ code: "invalid" });
  });

  test("can be decided anew for a server after a preview, which tells the truth", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const preview = await previewNames(ctx, portal.id, server.id, "prefixed");
    expect(preview.capabilities[0]).toMatchObject({ current: "search", exposedName: "jira_search" });
    const set = (names: "prefixed" | "bare") => setPrefix(ctx, { portalId: portal.id, serverId: server.id, names });
    expect(await recordedChange(ctx, () => set("prefixed"))).toMatchObject({ bumped: true, actions: ["names.decided"] });
    const stored = await db.select().from(toggles).where(eq(toggles.portalId, portal.id));
    expect(stored.map((row) => row.exposedName).sort()).toEqual(preview.capabilities.map((row) => row.exposedName).sort());
    expect(stored.filter((row) => !row.decided)).toHaveLength(1);
    expect(await servedIn(org.id, portal.id)).toEqual(["jira_search"]);
    expect(await set("prefixed")).toEqual({ renamed: 0 });
    expect(await set("bare")).toEqual({ renamed: 5 });
  });
});

describe("the list of switches", () => {
  test("is filtered by text, state and kind, and counts what is on", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    await aCapability(db, org.id, server.id, "prompt", "never assigned");
    const names = async (filter: Parameters<typeof listToggles>[2]) =>
      (await listToggles(ctx, portal.id, filter)).flatMap((group) => group.rows.map((row) => row.name));
    expect(await names({})).toEqual(["search", "create", "fresh", "changed", "gone"]);
    expect(await names({ text: "SEAR" })).toEqual(["search"]);
    expect(await names({ state: "read-only" })).toEqual(["search"]);
    expect(await names({ state: "off" })).toEqual(["create", "fresh"]);
    expect(await names({ kind: "prompt" })).toEqual([]);
    const [group] = await listToggles(ctx, portal.id);
    expect(group?.rows.map((row) => row.state)).toEqual(["ready", "ready", "new", "changed", "gone"]);
    expect((await toggleCounts(ctx, portal.id)).tool).toEqual({ on: 1, total: 4 });
  });

  test("of 450 tools comes in pages of 200", async () => {
    const { ctx, org } = await anOrg(db);
    const [portal, server] = [await aPortal(db, org.id), await aServer(db, org.id)];
    const many = Array.from({ length: 450 }, (_, position) => {
      const name = `t${String(position).padStart(3, "0")}`;
      return {
        id: newId("cap"),
        orgId: org.id,
        serverId: server.id,
        kind: "tool" as const,
        name,
        definition: {},
        fingerprint: "f",
        approvedFingerprint: "f",
        position,
      };
    });
    await db.insert(capabilities).values(many);
    await anAssignment(db, org.id, portal.id, server.id);
    const row = { orgId: org.id, portalId: portal.id, serverId: server.id, kind: "tool" as const, enabled: true };
    await db.insert(toggles).values(many.map((tool) => ({ ...row, capabilityId: tool.id, exposedName: tool.name })));
    const page = async (number: number) => (await listToggles(ctx, portal.id, {}, { serverId: server.id, number }))[0];
    expect(await page(1)).toMatchObject({ matching: 450 });
    expect((await page(1))?.rows).toHaveLength(200);
    expect((await page(3))?.rows.map((each) => each.name)).toEqual(many.slice(400).map((each) => each.name));
  });
});

describe("checking a person", () => {
  test("says what they get, what not, and which policy decided", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const ana = "ana@acme.test";
    expect(await checkPerson(ctx, portal.id, ana)).toMatchObject({ portal: { allowed: false, by: "portal", policyName: null } });
    const rule = await aPolicy(db, org.id, [{ kind: "email_domain", domain: "acme.test" }], { name: "Staff" });
    await attachToPortal(db, org.id, portal.id, rule.id);
    const checked = await checkPerson(ctx, portal.id, ana);
    expect(checked.portal).toMatchObject({ allowed: true, policyName: "Staff" });
    expect(checked.servers).toMatchObject([{ id: server.id, access: { allowed: true, by: "portal" }, usable: { tool: 1 } }]);
    expect(Object.fromEntries(checked.servers[0]?.missing.map((each) => [each.reason, each.names]) ?? [])).toEqual({
      off: ["create"],
      new: ["fresh"],
      changed: ["changed"],
      gone: ["gone"],
    });
    expect((await checkPerson(ctx, portal.id, "x@other.test")).portal.allowed).toBe(false);
  });

  test("names the server's own policies, a block, and a portal that is off", async () => {
    const { ctx, org, portal, server } = await aFilledPortal();
    const rule = await aPolicy(db, org.id, [{ kind: "everyone" }]);
    await attachToPortal(db, org.id, portal.id, rule.id);
    await db.update(servers).set({ access: "policies" }).where(eq(servers.id, server.id));
    const ana = "ana@acme.test";
    expect((await checkPerson(ctx, portal.id, ana)).servers[0]).toMatchObject({ access: { allowed: false, by: "server" }, usable: { tool: 0 } });
    await db.insert(blocks).values({ id: newId("blk"), orgId: org.id, email: ana, createdBy: "x" });
    expect((await checkPerson(ctx, portal.id, ana)).portal).toMatchObject({ allowed: false, by: "block" });
    await setPortalEnabled(ctx, { portalId: portal.id, enabled: false });
    expect((await checkPerson(ctx, portal.id, ana)).portal).toMatchObject({ allowed: false, by: "disabled" });
  });
});

const everyCommand = (ctx: OrgContext, portalId: string, serverId: string, capabilityId: string) => [
  updatePortal(ctx, { portalId, name: "x", description: "", instructions: "", contact: "" }),
  setPortalEnabled(ctx, { portalId, enabled: false }),
  setPortalTools(ctx, { portalId, portalTools: true, contextMode: "full" }),
  deletePortal(ctx, { portalId, slug: "x" }),
  ...onContents(ctx, portalId, serverId, capabilityId),
];
const onContents = (ctx: OrgContext, portalId: string, serverId: string, capabilityId: string) => [
  assignServer(ctx, { portalId, serverId, capabilityId: [] }),
  unassignServer(ctx, { portalId, serverId }),
  moveServer(ctx, { portalId, serverId, direction: "up" }),
  setToggle(ctx, { portalId, capabilityId, enabled: false }),
  setToggles(ctx, { portalId, serverId, mode: "none" }),
  saveToggles(ctx, { portalId, serverId, shown: [capabilityId], on: [] }),
  renameExposed(ctx, { portalId, capabilityId, name: "x" }),
  setPrefix(ctx, { portalId, serverId, names: "prefixed" }),
];
const codes = async (attempts: Promise<unknown>[]) => {
  const results = await Promise.allSettled(attempts);
  return new Set(results.map((result) => (result.status === "rejected" ? result.reason.code : "done")));
};

describe("who may", () => {
  test.each(["auditor", "member"] as const)("a person with the role %s changes no portal", async (role) => {
    const { org, portal, server, search } = await aFilledPortal();
    const ctx = contextOf(db, org, await aPerson(db), role);
    const attempts = [createPortal(ctx, { name: "x", slug: "x", description: "" }), ...everyCommand(ctx, portal.id, server.id, search.id)];
    expect(await codes(attempts)).toEqual(new Set(["forbidden"]));
  });

  test("another organization's portal, server and tool are not found, and nothing there changes", async () => {
    const [mine, theirs] = [await aFilledPortal(), await aFilledPortal()];
    const before = await servedIn(theirs.org.id, theirs.portal.id);
    const { ctx } = mine;
    expect(await codes(everyCommand(ctx, theirs.portal.id, theirs.server.id, theirs.search.id))).toEqual(new Set(["not_found"]));
    expect(await codes(onContents(ctx, mine.portal.id, theirs.server.id, theirs.search.id))).toEqual(new Set(["not_found"]));
    const reads = [
      getPortal(ctx, theirs.portal.id),
      portalImpact(ctx, theirs.portal.id),
      checkPerson(ctx, theirs.portal.id, "a@b.test"),
      previewNames(ctx, theirs.portal.id, mine.server.id),
      previewNames(ctx, mine.portal.id, theirs.server.id),
      getAssignment(ctx, theirs.portal.id, theirs.server.id),
    ];
    expect(await codes(reads)).toEqual(new Set(["not_found"]));
    expect(await listToggles(ctx, theirs.portal.id)).toEqual([]);
    expect(await listAssignments(ctx, theirs.portal.id)).toEqual([]);
    expect(await listPortalsOfServer(ctx, theirs.server.id)).toEqual([]);
    expect((await toggleCounts(ctx, theirs.portal.id)).tool.total).toBe(0);
    expect((await listAssignable(ctx, theirs.portal.id)).map((row) => row.id)).toEqual([mine.server.id]);
    expect(await servedIn(theirs.org.id, theirs.portal.id)).toEqual(before);
    expect(await auditOf(theirs.ctx)).toEqual([]);
  });
});
