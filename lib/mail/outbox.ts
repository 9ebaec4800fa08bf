import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { env } from "@/lib/env";

/** Whether mails become files that the pages may show: on the loopback only, where whoever sees the page owns the machine. */
export const showsOutbox = () => env().isLoopback && !env().SMTP_URL;

/** Names of the mails written, newest first, at most 50. */
export async function listOutbox(): Promise<string[]> {
  const names = await readdir(folder()).catch(() => []);
  return names.filter(isName).sort().reverse().slice(0, 50);
}

/** One mail's text; null for a name that is not one of ours. */
export async function readOutbox(name: string): Promise<string | null> {
  return isName(name) ? readFile(join(folder(), name), "utf8").catch(() => null) : null;
}

const folder = () => join(env().DATA_DIR, "outbox");
const isName = (name: string) => /^[\dTZ-]{10,40}-[0-9a-f]{8}\.txt$/.test(name);
