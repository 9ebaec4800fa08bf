import { setFlagsFromString } from "node:v8";
import type { env } from "@/lib/env";
import type { Pages } from "@/lib/process/door";
import { formOf } from "@/lib/process/form";
import { readSettings } from "@/lib/process/listen";
import { type StartPages, serve } from "@/lib/process/serve";
import { sentenceOf } from "@/lib/process/step";
import { storesAtRest } from "@/lib/process/stores-at-rest";
import { Supervisor } from "@/lib/process/supervisor";

// Young garbage here is small: threads that help to collect it spend more on waking and waiting than they save.
setFlagsFromString("--no-parallel-scavenge");
// What sockets bring survives a collection at times, and never lives long. Once V8 takes it for old from the start, its bytes stay until all is collected.
setFlagsFromString("--no-allocation-site-pretenuring");
// What lives long here hardly grows, so a heap of one and a half times of it is enough, where V8 would let it come to four times before it collects.
setFlagsFromString("--heap-growing-percent=50");

// The self-hosted way: Next.js for pages and, in the same process, the portals straight on node:http (design 4.15); or several
// processes, as the command line says (lib/process/form.ts).
try {
  const settings = await readSettings();
  const form = formOf(process.argv.slice(2), settings.DATABASE_URL !== undefined);
  // Without pages little lives, and the bytes of answers on their way, which count, would have all of it collected several times a second.
  if ((form.kind === "instance" || form.kind === "alone") && form.pages !== "here") setFlagsFromString("--heap-growing-percent=200");
  if (form.kind === "supervisor") await supervise(new Supervisor(form, settings, (code) => process.exit(code)));
  else await serve(form, settings, startPages);
} catch (error) {
  console.error(sentenceOf(error));
  process.exit(1);
}

async function supervise(supervisor: Supervisor): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void supervisor.end(0));
  process.on("SIGUSR2", () => supervisor.restart());
  // In a terminal it means that the terminal is gone.
  process.on("SIGHUP", () => (process.stdin.isTTY ? void supervisor.end(0) : supervisor.restart()));
  try {
    for (const line of await supervisor.start()) console.log(line);
  } catch {
    // The process that failed has said why.
    await supervisor.end(1);
  }
}

async function startPages(settings: ReturnType<typeof env>, dev: boolean): ReturnType<StartPages> {
  const stores = storesAtRest();
  const { default: next } = await import("next");
  const app = next({ dev, hostname: settings.host, port: settings.PORT, quiet: !dev });
  await app.prepare();
  const handle = app.getRequestHandler();
  const pages: Pages = (req, res) => handle(req, res);
  return { handle: dev ? pages : stores.between(pages), upgrade: app.getUpgradeHandler() };
}
