import { beforeAll, describe, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { idAt, newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { aMember, anOrg, aPerson, aPortal, aServer, contextOf } from "@/tests/support/factories";
import { activityFacets, getCall, listAccessEvents, listAuditEvents, listCalls, listMyCalls } from "./queries";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

let sequence = 0;
async function aCall(orgId: string, more: Partial<typeof schema.calls.$inferInsert> = {}) {
  const startedAt = more.startedAt ?? new Date();
  // Ids made out of order in time need their time written into them; the last characters keep them apart.
  const id = `${idAt("cal", startedAt).slice(0, -6)}${String(sequence++).padStart(6, "0")}`;
  const row = {
    id,
    orgId,
    startedAt,
    instanceId: "ins_1",
    personEmail: "ana@acme.test",
    clientName: "Claude Code",
    portalName: "Engineering",
    method: "tools/call",
    capabilityName: "get_issue",
    protocolVersion: "2025-11-25",
    decision: "allowed" as const,
    outcome: "ok" as const,
    ...more,
  };
  await db.insert(schema.calls).values(row);
  return row;
}

describe("calls", () => {
  test("pages run from the newest to the oldest without losing or repeating a row", async () => {
    const { org, ctx } = await anOrg(db);
    const made = [];
    for (let i = 0; i < 5; i++) made.push((await aCall(org.id, { startedAt: new Date(Date.now() - i * 1_000) })).id);
    const first = await listCalls(ctx, {}, 2);
    const second = await listCalls(ctx, { cursor: first.next ?? "" }, 2);
    const third = await listCalls(ctx, { cursor: second.next ?? "" }, 2);
    expect([first, second, third].flatMap((page) => page.rows.map((row) => row.id))).toEqual(made);
    expect([first.total, first.isTotalExact, third.next]).toEqual([5, true, null]);
  });

  test("each filter narrows the list", async () => {
    const { org, ctx } = await anOrg(db);
    const server = await aServer(db, org.id);
    const portal = await aPortal(db, org.id);
    const wanted = await aCall(org.id, {
      serverId: server.id,
      portalId: portal.id,
      outcome: "denied",
      decision: "denied",
      personEmail: "bea@acme.test",
      capabilityName: "delete_100%",
      startedAt: new Date("2026-11-10T23:30:00Z"),
    });
    await aCall(org.id, { startedAt: new Date("2026-11-12T00:00:00Z") });
    for (const filters of [
      { server: server.id },
      { portal: portal.id },
      { outcome: "denied" },
      { outcome: "problem" },
      { person: "bea@acme.test" },
      { person: "bea" },
      { q: "E_100%" },
      { from: "2026-11-10", to: "2026-11-10" },
      { to: "2026-11-11" },
    ] as const) {
      const found = await listCalls(ctx, filters);
      expect(
        found.rows.map((row) => row.id),
        JSON.stringify(filters),
      ).toEqual([wanted.id]);
      expect(found.total).toBe(1);
    }
    expect((await listCalls(ctx, { q: "%" })).rows).toHaveLength(1);
    expect((await listCalls(ctx, { q: "nothing" })).rows).toEqual([]);
  });

  test("another organization's calls are nowhere: not in lists, not by id, not by a filter of theirs", async () => {
    const mine = await anOrg(db);
    const theirs = await anOrg(db);
    const server = await aServer(db, theirs.org.id);
    const call = await aCall(theirs.org.id, { serverId: server.id });
    expect((await listCalls(mine.ctx, { server: server.id })).rows).toEqual([]);
    await expect(getCall(mine.ctx, call.id)).rejects.toMatchObject({ code: "not_found" });
    await expect(getCall(mine.ctx, "cal_nonsense")).rejects.toMatchObject({ code: "not_found" });
    expect(await getCall(theirs.ctx, call.id)).toMatchObject({ id: call.id, capabilityName: "get_issue" });
  });

  test("only who may read activity reads it", async () => {
    const { org } = await anOrg(db);
    const person = await aPerson(db);
    const as = (role: "auditor" | "member"): OrgContext => contextOf(db, org, person, role);
    for (const read of [
      (ctx: OrgContext) => listCalls(ctx, {}),
      (ctx: OrgContext) => getCall(ctx, newId("cal")),
      (ctx: OrgContext) => listAccessEvents(ctx, {}),
      (ctx: OrgContext) => listAuditEvents(ctx, {}),
      (ctx: OrgContext) => activityFacets(ctx),
    ]) {
      await expect(read(as("member"))).rejects.toMatchObject({ code: "forbidden" });
    }
    expect((await listCalls(as("auditor"), {})).rows).toEqual([]);
  });

  test("a person sees their own calls of one portal only", async () => {
    const { org, owner } = await anOrg(db);
    const portal = await aPortal(db, org.id);
    const mine = await aCall(org.id, { personId: owner.id, portalId: portal.id });
    await aCall(org.id, { personId: newId("per"), portalId: portal.id });
    await aCall(org.id, { personId: owner.id, portalId: newId("ptl") });
    const found = await listMyCalls(db, { orgId: org.id, portalId: portal.id, personId: owner.id }, new Date());
    expect(found.map((row) => row.id)).toEqual([mine.id]);
  });
});

describe("sign-ins and changes", () => {
  const event = (more: Partial<typeof schema.accessEvents.$inferInsert>) =>
    db.insert(schema.accessEvents).values({ id: newId("acc"), kind: "sign_in", outcome: "ok", ...more });

  test("rows without an organization are shown to those whose member signed in, and to nobody else", async () => {
    const { org, ctx } = await anOrg(db);
    const other = await anOrg(db);
    const person = await aPerson(db);
    await aMember(db, org.id, person.id, "member");
    await event({ personId: person.id, email: person.email });
    await event({ orgId: org.id, kind: "portal_refused", outcome: "refused", email: "eve@evil.test", portalName: "Engineering" });
    await event({ orgId: other.org.id, personId: person.id, kind: "consent" });
    expect((await listAccessEvents(ctx, {})).rows.map((row) => row.kind)).toEqual(["portal_refused", "sign_in"]);
    expect((await listAccessEvents(other.ctx, {})).rows.map((row) => row.kind)).toEqual(["consent"]);
    expect((await listAccessEvents(ctx, { outcome: "denied" })).rows.map((row) => row.email)).toEqual(["eve@evil.test"]);
    expect((await listAccessEvents(ctx, { q: "refused", person: "eve" })).total).toBe(1);
  });

  test("changes carry before and after, and narrow to one target", async () => {
    const { org, ctx, owner } = await anOrg(db);
    const server = await aServer(db, org.id);
    const change = { orgId: org.id, actorId: owner.id, actorEmail: owner.email, action: "server.renamed", targetKind: "server", targetName: "Jira" };
    await db.insert(schema.auditEvents).values({ ...change, id: newId("aud"), targetId: server.id, before: { name: "Jra" }, after: { name: "Jira" } });
    await db.insert(schema.auditEvents).values({ ...change, id: newId("aud"), targetId: newId("srv"), action: "server.deleted" });
    expect((await listAuditEvents(ctx, {})).rows.map((row) => row.action)).toEqual(["server.deleted", "server.renamed"]);
    expect((await listAuditEvents(ctx, { server: server.id })).rows).toMatchObject([{ before: { name: "Jra" }, after: { name: "Jira" } }]);
    expect((await listAuditEvents((await anOrg(db)).ctx, {})).rows).toEqual([]);
  });
});
