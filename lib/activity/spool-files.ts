import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Holder, isAlive, thisProcess } from "@/lib/db/lock";

/** A place in the records of one instance: the number of a segment, and bytes into it. */
export type Place = { segment: number; offset: number };

export const isBefore = (a: Place, b: Place) => a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);

const silenceMs = 60_000;
const placeChars = 40;

/**
 * The files of one instance: `<instance>-<number>.log` are the segments with its records, `<instance>.lock` says which process writes them,
 * `<instance>.at` how far they are in the database.
 */
export class SpoolFiles {
  private placeFile: number | null = null;

  constructor(
    readonly directory: string,
    readonly instance: string,
  ) {}

  segment(number: number): string {
    return join(this.directory, `${this.instance}-${number}.log`);
  }

  /** The numbers of the segments that are there, ascending. */
  segments(): number[] {
    return namesIn(this.directory)
      .map((name) => segmentName.exec(name))
      .flatMap((match) => (match?.[1] === this.instance ? [Number(match[2])] : []))
      .sort((a, b) => a - b);
  }

  bytes(number: number): number {
    return statSync(this.segment(number), { throwIfNoEntry: false })?.size ?? 0;
  }

  removeSegment(number: number): void {
    rmSync(this.segment(number), { force: true });
  }

  lock(): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeFileSync(this.at("lock"), JSON.stringify({ host: hostname(), ...thisProcess() }), { mode: 0o600 });
  }

  /** Tells other machines that the instance lives. */
  touch(now: Date): void {
    if (this.heldBy()) utimesSync(this.at("lock"), now, now);
  }

  /** Whether the writer may still write. Of a process on this machine that is known; one on another must have been silent for a minute. */
  isAlive(now: Date): boolean {
    const holder = this.heldBy();
    if (!holder) return false;
    // A process has one instance, so another one's with our own pid is from before a restart.
    if (holder.host === hostname()) return holder.pid !== process.pid && isAlive(holder);
    const touched = statSync(this.at("lock"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    return now.getTime() - touched < silenceMs;
  }

  /** Over the place before it, in one write of always the same length: a file that is made anew each time costs some disks milliseconds. */
  savePlace({ segment, offset }: Place): void {
    this.placeFile ??= openSync(this.at("at"), constants.O_WRONLY | constants.O_CREAT, 0o600);
    writeSync(this.placeFile, `${segment} ${offset}`.padEnd(placeChars), 0);
  }

  /** Where to go on. What was written to the database since the place was saved is written again, which changes nothing. */
  savedPlace(): Place {
    const first = { segment: this.segments()[0] ?? 1, offset: 0 };
    const [, segment, offset] = /^(\d+) (\d+) *$/.exec(read(this.at("at"))) ?? [];
    const saved = { segment: Number(segment ?? -1), offset: Number(offset ?? 0) };
    return isBefore(saved, first) ? first : saved;
  }

  remove(): void {
    for (const number of this.segments()) this.removeSegment(number);
    if (this.placeFile !== null) closeSync(this.placeFile);
    this.placeFile = null;
    rmSync(this.at("at"), { force: true });
    rmSync(this.at("lock"), { force: true });
  }

  private at(kind: "lock" | "at"): string {
    return join(this.directory, `${this.instance}.${kind}`);
  }

  private heldBy(): (Holder & { host: string }) | null {
    try {
      return JSON.parse(read(this.at("lock"))) as Holder & { host: string };
    } catch {
      return null;
    }
  }
}

/** The instances that have something in the directory. */
export function instancesIn(directory: string): string[] {
  return [...new Set(namesIn(directory).flatMap((name) => /^(ins_[0-9a-z]{26})[-.]/.exec(name)?.[1] ?? []))].sort();
}

/** What all instances together take of the disk. */
export function bytesIn(directory: string): number {
  return namesIn(directory).reduce((sum, name) => sum + (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

const segmentName = /^(ins_[0-9a-z]{26})-(\d+)\.log$/;

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
