import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

test("a process whose output nobody reads any more goes on, and ends in order", async () => {
  const child = fork(join(import.meta.dirname, "../../tests/support/chatty-process.ts"), {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child, "message");
  child.stdout?.destroy();
  child.stderr?.destroy();
  for (let said = 0; said < 50; said++) await once(child, "message");
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});
