// Starts what the measurements need, and ends it again: what is started here and nothing else.
import { fork, spawn } from "node:child_process";
import { join } from "node:path";

export const root = join(import.meta.dirname, "..", "..");
const own = { PATH: process.env.PATH, HOME: process.env.HOME };
const children = new Set();

/** A program of the product, with these settings and none of this shell's, ready once it says so. */
export async function startProgram(args, env, ready) {
  const child = kept(spawn(process.execPath, args, { cwd: root, env: { ...own, ...env }, stdio: ["ignore", "pipe", "pipe"] }));
  await said(child, ready);
  return child;
}

/** A part of the kit in a process of its own, as a function: a plain object in, a plain object out. */
export function startPart(script, { execArgv = [], env = {} } = {}) {
  const child = kept(fork(join(root, "bench", script), { cwd: root, execArgv, env: { ...own, ...env }, stdio: ["ignore", "inherit", "inherit", "ipc"] }));
  const waiting = new Map();
  let last = 0;
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(result);
  });
  child.on("close", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${script} ended with ${code}`));
  });
  const ask = (input) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      child.send({ id: last, input });
    });
  return { ask, pid: child.pid };
}

export async function end(child, signal = "SIGTERM") {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    const late = setTimeout(() => child.kill("SIGKILL"), 40_000);
    child.once("exit", () => {
      clearTimeout(late);
      resolve();
    });
    child.kill(signal);
  });
}

/** At once: what they hold is thrown away. */
export const endAll = () => Promise.all([...children].map((child) => end(child, "SIGKILL")));

function kept(child) {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

function said(child, pattern) {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output = (output + chunk).slice(-20_000);
        child.inspectorUrl ??= /Debugger listening on (ws:\S+)/.exec(output)?.[1];
        if (pattern.test(output)) resolve();
      });
    }
    child.once("close", (code, signal) => reject(new Error(`a process ended with ${code ?? signal}:\n${output.slice(-2000)}`)));
  });
}
