import type { Share } from "@/lib/db/open";

/** What a process is, from its command line. */
export type Form =
  | { kind: "alone"; dev: boolean; fastLane: boolean; pages: "here" | "none" }
  | { kind: "supervisor"; instances: number; pages: WherePages; isEmbedded: boolean }
  | { kind: "instance"; place: number; places: number; socket: string; pages: WherePages; isFirst: boolean; share?: Share }
  | { kind: "pages"; socket: string; share?: Share };

export type WherePages = "here" | "elsewhere" | "none";

const instancesMax = 64;

/**
 * `--lane`: portals in processes of their own, pages in another; so it is on the embedded database unless `--one-process` is said (decision 20).
 * `--instances N`: so many processes behind one port. `--dev` serves pages from source; `--mount=route` sends portal traffic through Next.js
 * too, to compare the mounts; `--no-pages` serves portals alone and never loads Next.js. What begins with `--as-` is the supervisor's way
 * to start its processes.
 */
export function formOf(args: readonly string[], hasPostgres: boolean): Form {
  const has = (name: string) => args.includes(name);
  const value = (name: string) => {
    const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
    return at < 0 ? undefined : (args[at]?.split("=")[1] ?? args[at + 1] ?? "");
  };
  const socket = value("--socket") ?? "";
  const shareIn = value("--share");
  if (has("--as-pages")) return { kind: "pages", socket, share: shareIn ? { as: "guest", directory: shareIn } : undefined };
  if (has("--as-instance")) {
    const [place, places] = [Number(value("--place")), Number(value("--places"))];
    const share: Share | undefined = shareIn ? { as: "host", directory: shareIn } : undefined;
    return { kind: "instance", place, places, socket, pages: wherePages(has("--lane"), has("--no-pages")), isFirst: has("--first"), share };
  }
  const given = value("--instances");
  const isOne = ["--one-process", "--dev", "--mount=route", "--no-pages"].some(has);
  const lane = has("--lane") || (!hasPostgres && given === undefined && !isOne);
  if (given === undefined && !lane) return { kind: "alone", dev: has("--dev"), fastLane: !has("--mount=route"), pages: has("--no-pages") ? "none" : "here" };
  const instances = Number(given ?? 1);
  if (!Number.isInteger(instances) || instances < 1 || instances > instancesMax) throw new Error(`--instances takes a number from 1 to ${instancesMax}`);
  if (has("--one-process")) throw new Error("--one-process is without --lane and --instances, which start several");
  if (has("--dev") || has("--mount=route")) throw new Error("--lane and --instances are for the built product on its fast lane");
  if (lane && has("--no-pages")) throw new Error("--lane is for pages in a process of their own; --no-pages has none");
  if (!hasPostgres && instances > 1)
    throw new Error("several instances cannot share the embedded database; set DATABASE_URL to a PostgreSQL, or start without --instances");
  return { kind: "supervisor", instances, pages: wherePages(lane, has("--no-pages")), isEmbedded: !hasPostgres };
}

const wherePages = (isLane: boolean, hasNone: boolean): WherePages => (isLane ? "elsewhere" : hasNone ? "none" : "here");
