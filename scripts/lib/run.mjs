import { spawn } from "node:child_process";

/** Runs a command quietly; its output is shown only when it fails. `show` passes the output through instead. */
export function run(command, args, { cwd, env, show = false, uid, gid } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      uid,
      gid,
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => {
        output += chunk;
      });
    child.on("error", reject);
    child.on("close", (code, signal) =>
      code === 0 ? resolve(output) : reject(new Error(`\`${command} ${args.join(" ")}\` ended with ${code ?? signal}\n${output.slice(-6000)}`)),
    );
  });
}

/** Names what is being done, and how long it took. */
export async function step(name, work) {
  const started = Date.now();
  process.stdout.write(`${name} …`);
  const dots = process.stdout.isTTY ? setInterval(() => process.stdout.write("."), 3000) : undefined;
  try {
    const result = await work();
    process.stdout.write(` ${seconds(started)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(` failed after ${seconds(started)}\n`);
    throw error;
  } finally {
    clearInterval(dots);
  }
}

export const seconds = (started) => `${((Date.now() - started) / 1000).toFixed(1)} s`;
