import type { CallStatements } from "./call-statements";
import { pendingText, valueMark } from "./call-text";
import { writeAround } from "./refused-rows";
import { isBefore, type Place, type SpoolFiles } from "./spool-files";
import { readChunk } from "./spool-records";

export type DrainSettings = {
  /** How much is read, and so written to the database, at once. */
  chunkBytes: number;
  /** How long a start waits for its end, so that most calls are one insert and no update. */
  holdMs: number;
  removed(bytes: number): void;
  report(what: string, error: unknown): void;
};

/**
 * Brings the records of one instance from its segments into the database. Everything is read back from the files, so memory is bounded by
 * a chunk and the calls under way, and what a dead process left is drained by the same code.
 */
export class SpoolDrain {
  private next: Place;
  private saved: Place;
  /** Starts that were read, in order, whose end was not. `from` is where their chunk began. */
  private held = new Map<string, { body: string; from: Place; readAt: number }>();
  /** What was read and is not in the database yet: a failure leaves it for the next step. */
  private hand: { rows: string[]; ends: string[] } | null = null;

  constructor(
    private readonly files: SpoolFiles,
    private readonly statements: Pick<CallStatements, "insert" | "complete">,
    private readonly settings: DrainSettings,
  ) {
    this.next = files.savedPlace();
    this.saved = this.next;
  }

  /** Before this place everything is in the database. */
  get place(): Place {
    return this.saved;
  }

  isDone(end: Place): boolean {
    return !isBefore(this.saved, end);
  }

  /** Everything before `place` is in the database and its segments may go. */
  goTo(place: Place): void {
    this.next = place;
    this.saved = place;
  }

  /** Reads a chunk before `end` and writes it; with `all`, starts do not wait for their ends. Tells whether there is more to read. */
  async step(end: Place, all: boolean, now = performance.now()): Promise<boolean> {
    this.hand ??= this.read(end, all, now);
    const { rows, ends } = this.hand;
    if (rows.length > 0) this.reportAll("a call could not be recorded", await writeAround(rows, this.statements.insert));
    if (ends.length > 0) this.reportAll("a call could not be completed on record", await writeAround(ends, this.statements.complete));
    this.hand = null;
    this.save();
    return isBefore(this.next, end);
  }

  private read(end: Place, all: boolean, now: number): { rows: string[]; ends: string[] } {
    const hand = { rows: [] as string[], ends: [] as string[] };
    const from = this.next;
    if (isBefore(from, end)) {
      const { records, damaged, bytes, isLast } = readChunk(this.files.segment(from.segment), from.offset, this.settings.chunkBytes);
      if (damaged > 0) this.settings.report("records in the spool were damaged", new Error(`${damaged} in segment ${from.segment}`));
      this.next = isLast && from.segment < end.segment ? { segment: from.segment + 1, offset: 0 } : { segment: from.segment, offset: from.offset + bytes };
      for (const { kind, body } of records) {
        if (kind === "row") hand.rows.push(body);
        else if (kind === "start") this.held.set(idOf(body), { body, from, readAt: now });
        else this.pair(body, hand);
      }
    }
    for (const [id, start] of this.held) {
      if (!all && now - start.readAt < this.settings.holdMs) break;
      hand.rows.push(`${start.body}${valueMark}${pendingText}`);
      this.held.delete(id);
    }
    // What is left goes on in a new one, since a map that things come to and leave all the time keeps them for long (lib/bag.ts).
    this.held = new Map(this.held);
    return hand;
  }

  private pair(end: string, hand: { rows: string[]; ends: string[] }): void {
    const id = idOf(end);
    const start = this.held.get(id);
    if (!start) return void hand.ends.push(end);
    this.held.delete(id);
    hand.rows.push(start.body + end.slice(id.length));
  }

  private save(): void {
    const [oldest] = this.held.values();
    const place = oldest?.from ?? this.next;
    if (!isBefore(this.saved, place)) return;
    this.files.savePlace(place);
    for (let number = this.saved.segment; number < place.segment; number++) {
      const bytes = this.files.bytes(number);
      this.files.removeSegment(number);
      this.settings.removed(bytes);
    }
    this.saved = place;
  }

  private reportAll(what: string, refusals: readonly { error: unknown }[]): void {
    for (const { error } of refusals) this.settings.report(what, error);
  }
}

const idOf = (body: string) => body.slice(0, body.indexOf(valueMark));
