import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { takeLock } from "./lock";

const aDirectory = () => mkdtempSync(join(tmpdir(), "gatehouse-lock-"));

test("a living process that holds the lock ends the second with one sentence", () => {
  const directory = aDirectory();
  const holder = spawn("sleep", ["60"]);
  const started = readFileSync(`/proc/${holder.pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
  writeFileSync(join(directory, "lock"), JSON.stringify({ pid: holder.pid, started }));
  expect(() => takeLock(directory)).toThrow(/another Gatehouse \(process \d+\) is using/);
  holder.kill();
});

test("a lock whose process died, or whose pid now belongs to a stranger, is taken over", () => {
  const directory = aDirectory();
  writeFileSync(join(directory, "lock"), JSON.stringify({ pid: 1, started: "not when process 1 started" }));
  const release = takeLock(directory);
  expect(JSON.parse(readFileSync(join(directory, "lock"), "utf8")).pid).toBe(process.pid);
  release();
});

test("a damaged lock file is taken over", () => {
  const directory = aDirectory();
  writeFileSync(join(directory, "lock"), "{");
  expect(() => takeLock(directory)()).not.toThrow();
});
