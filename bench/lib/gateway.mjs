import { freePort } from "../../scripts/lib/postgres.mjs";
import { end, startProgram } from "./processes.mjs";
import { targets } from "./targets.mjs";

export const secret = "bench-only-0123456789-abcdefghijklmnopqrstuvwxyz";

/** The built product as a target wants it, all of them under one public name, so that one set of tokens fits. */
export async function startGateway({ target, database, publicUrl, built, era, postgresPid, execArgv, env = {} }) {
  const { args, env: way, door } = targets[target];
  const port = await freePort();
  const settings = {
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    GATEHOUSE_SECRET: secret,
    DATA_DIR: database.dataDir,
    LOG_LEVEL: "warn",
    ...(database.databaseUrl && { DATABASE_URL: database.databaseUrl }),
    ...(built.hasSpool && way),
    ...env,
  };
  // The inspector sees one process, and with `--lane` the first one only supervises.
  const lane = execArgv.length > 0 ? "--no-pages" : built.lane;
  const words = args.map((arg) => (arg === "--lane" ? lane : arg));
  const child = await startProgram([...execArgv, "dist/server.mjs", ...words], settings, /Gatehouse is ready at/);
  const host = new URL(publicUrl).host;
  const hasPages = !words.includes("--no-pages");
  // Next.js having served a page changes what every later call costs, and a server in use has served some.
  if (hasPages) for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${port}/sign-in`, { headers: { host } }).then((page) => page.text());
  return {
    name: target,
    door,
    port,
    host,
    child,
    database,
    content: database.content,
    pids: { server: child.pid, ...(postgresPid && { postgres: postgresPid }) },
    /** Callers of a portal of it, one token each. */
    callers(portal, count = 16, more = {}) {
      const { path, tokens, tools } = database.content[portal];
      return Array.from({ length: count }, (_, i) => [{ port, host, path, token: tokens[i % tokens.length], era, tools, ...more }]);
    },
    stop: (signal) => end(child, signal),
  };
}
