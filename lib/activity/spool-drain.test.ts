import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newId } from "@/lib/ids";
import { SpoolDrain } from "./spool-drain";
import { SpoolFiles } from "./spool-files";
import { recordText } from "./spool-records";
import { SpoolWriter } from "./spool-writer";

/** A spool whose statements are noted instead of run; each call's text is its id and one word. */
function aSpool() {
  const files = new SpoolFiles(mkdtempSync(join(tmpdir(), "gatehouse-spool-")), newId("ins"));
  const statements: { insert?: readonly string[]; complete?: readonly string[] }[] = [];
  const writer = new SpoolWriter(files, { segmentBytesMax: 200, hasRoom: () => true, wrote: () => {} });
  const drain = new SpoolDrain(
    files,
    { insert: async (rows) => void statements.push({ insert: rows }), complete: async (ends) => void statements.push({ complete: ends }) },
    { chunkBytes: 65_536, holdMs: 50, removed: () => {}, report: () => {} },
  );
  const begin = (id: string) => writer.write(recordText("start", `${id}\x1fbegan`));
  const finish = (id: string) => writer.write(recordText("end", `${id}\x1fended`));
  const step = (now: number, all = false) => drain.step(writer.end, all, now);
  return { files, writer, drain, statements, begin, finish, step, isDone: () => drain.isDone(writer.end) };
}

test("a start waits a while for its end, and then goes to the database alone; an end that comes later follows", async () => {
  const { begin, finish, step, statements, isDone } = aSpool();
  begin("quick");
  begin("slow");
  await step(0);
  expect(statements).toEqual([]);
  finish("quick");
  await step(49);
  expect(statements).toEqual([{ insert: ["quick\x1fbegan\x1fended"] }]);
  expect(isDone()).toBe(false);
  await step(50);
  expect(statements.slice(1)).toMatchObject([{ insert: [expect.stringMatching(/^slow\x1fbegan\x1fpending/)] }]);
  finish("slow");
  await step(51);
  expect(statements.slice(2)).toEqual([{ complete: ["slow\x1fended"] }]);
  expect(isDone()).toBe(true);
});

test("no segment is deleted, and no place saved, beyond a start that is not in the database", async () => {
  const { files, writer, begin, finish, step } = aSpool();
  begin("held");
  for (let i = 0; i < 30; i++) {
    begin(`quick-${i}`);
    finish(`quick-${i}`);
  }
  expect(files.segments().length).toBeGreaterThan(3);
  while (await step(0));
  expect(files.segments()[0]).toBe(1);
  expect(files.savedPlace()).toEqual({ segment: 1, offset: 0 });
  await step(60);
  expect(files.segments()).toEqual([writer.end.segment].filter(() => writer.end.offset > 0));
  expect(files.savedPlace()).toEqual(writer.end);
});

test("a record longer than a chunk is read all the same", async () => {
  const { begin, finish, step, statements, isDone } = aSpool();
  const long = "x".repeat(100_000);
  for (const id of ["before", long, "after"]) begin(id);
  for (const id of ["before", long, "after"]) finish(id);
  while (await step(0));
  expect(statements.flatMap(({ insert = [], complete = [] }) => [...insert, ...complete]).map((text) => text.length)).toEqual([18, 100_012, 17]);
  expect(isDone()).toBe(true);
});

test("at the end nothing waits", async () => {
  const { begin, step, statements, isDone } = aSpool();
  begin("cut");
  await step(0, true);
  expect(statements).toHaveLength(1);
  expect(isDone()).toBe(true);
});
