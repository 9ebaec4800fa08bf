import { beforeAll, describe, expect, test } from "vitest";
import { calls } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";
import { testDatabase } from "@/tests/support/database";
import { anOrg, aPerson, contextOf } from "@/tests/support/factories";
import { csv } from "./csv";
import { exportActivity } from "./export";
import { listAuditEvents } from "./queries";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

const aCall = (orgId: string, capabilityName: string) =>
  db.insert(calls).values({
    id: newId("cal"),
    orgId,
    startedAt: new Date("2026-11-24T00:00:00Z"),
    instanceId: "ins_1",
    personEmail: "ana@acme.test",
    clientName: '=HYPERLINK("https://evil.test")',
    portalName: "Engineering, all",
    method: "tools/call",
    capabilityName,
    protocolVersion: "2025-11-25",
    decision: "allowed",
    outcome: "ok",
  });

describe("the export of the record", () => {
  test("holds the filtered rows of this organization and is itself on record", async () => {
    const [mine, theirs] = [await anOrg(db), await anOrg(db)];
    await aCall(mine.org.id, "get_issue");
    await aCall(mine.org.id, "other");
    await aCall(theirs.org.id, "get_issue");
    const lines = (await exportActivity(mine.ctx, "calls", { q: "get_issue" })).trim().split("\r\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('2026-11-24T00:00:00.000Z,ok,allowed,ana@acme.test,"\'=HYPERLINK(""https://evil.test"")","Engineering, all"');
    expect((await listAuditEvents(mine.ctx, {})).rows).toMatchObject([{ action: "activity.exported", after: { tab: "calls", filters: { q: "get_issue" } } }]);
    expect(await exportActivity(mine.ctx, "changes", {})).toContain("activity.exported");
  });

  test("is bounded", async () => {
    const { org, ctx } = await anOrg(db);
    for (let i = 0; i < 3; i++) await aCall(org.id, `tool_${i}`);
    expect((await exportActivity(ctx, "calls", {}, 2)).trim().split("\r\n")).toHaveLength(3);
  });

  test("is refused to who may not read activity, and then nothing is on record", async () => {
    const { org, ctx } = await anOrg(db);
    await expect(exportActivity(contextOf(db, org, await aPerson(db), "member"), "sign-ins", {})).rejects.toMatchObject({ code: "forbidden" });
    expect((await listAuditEvents(ctx, {})).rows).toEqual([]);
  });
});

test.each([
  ["=1+1", `"'=1+1"`],
  ["+1", `"'+1"`],
  ["-1+cmd", `"'-1+cmd"`],
  ["@SUM", `"'@SUM"`],
  ["\t=1", `"'\t=1"`],
  [" =1", `"' =1"`],
  ['say "hi"', `"say ""hi"""`],
  ["a,b", `"a,b"`],
  ["plain", "plain"],
  [-4.5, "-4.5"],
  [null, ""],
])("the cell %j cannot be run as a formula", (value, written) => {
  expect(csv(["a"], [[value]])).toBe(`\uFEFFa\r\n${written}\r\n`);
});
