import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { CallNotRecorded } from "./call-log";
import type { Place, SpoolFiles } from "./spool-files";

export type SpoolWriterSettings = { segmentBytesMax: number; hasRoom(bytes: number): boolean; wrote(bytes: number): void };

const bufferBytes = 65_536;
const waitingCharsMax = 1_048_576;

/** Appends records to an instance's segments. What a `write` returned from is with the operating system, so it outlives this process. */
export class SpoolWriter {
  private file: number | null = null;
  private number: number;
  private size = 0;
  /** Records that nobody waits for; they go with the next write, or at the end of this turn of the event loop. */
  private waiting = "";
  private isDue = false;
  private readonly buffer = Buffer.allocUnsafe(bufferBytes);

  constructor(
    private readonly files: SpoolFiles,
    private readonly settings: SpoolWriterSettings,
  ) {
    this.number = (files.segments().at(-1) ?? 0) + 1;
  }

  /** Where the next record will be. */
  get end(): Place {
    return { segment: this.number, offset: this.size };
  }

  get hasWaiting(): boolean {
    return this.waiting !== "";
  }

  /** Throws `CallNotRecorded` when the record is not in the file. */
  write(record: string): void {
    if (!this.settings.hasRoom(record.length)) throw new CallNotRecorded("the spool is full");
    this.append(this.waiting + record);
  }

  /** The same for a record that nobody waits for. */
  writeSoon(record: string): void {
    if (!this.settings.hasRoom(record.length) || this.waiting.length > waitingCharsMax) throw new CallNotRecorded("the spool is full");
    this.writeSoonAnyway(record);
  }

  /** An end is taken even when the spool is full: there is at most one for each call that was let in. */
  writeSoonAnyway(record: string): void {
    this.waiting += record;
    if (this.isDue) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      this.writeWaiting();
    });
  }

  /** What could not be written stays and goes with the next write. */
  writeWaiting(): void {
    if (this.waiting === "") return;
    try {
      this.append(this.waiting);
    } catch {
      // The next `write` meets the same fault and refuses its call for it.
    }
  }

  /** The next record begins a new segment. */
  seal(): void {
    if (this.file !== null) closeSync(this.file);
    else if (this.size === 0) return;
    this.file = null;
    this.number++;
    this.size = 0;
  }

  private append(text: string): void {
    const isShort = text.length * 3 <= bufferBytes;
    const bytes = isShort ? this.buffer : Buffer.from(text);
    const length = isShort ? this.buffer.write(text) : bytes.length;
    let written = 0;
    try {
      this.file ??= this.opened();
      written = writeSync(this.file, bytes, 0, length);
      if (written < length) throw new Error("the disk is full");
    } catch (cause) {
      this.sealTorn();
      throw new CallNotRecorded("the spool could not be written", { cause });
    }
    this.size += length;
    this.settings.wrote(length);
    this.waiting = "";
    if (this.size >= this.settings.segmentBytesMax) this.seal();
  }

  /** Half a record may only be the last of its segment: readers pass over it there. */
  private sealTorn(): void {
    if (this.file !== null && fstatSync(this.file).size !== this.size) this.seal();
  }

  private opened(): number {
    this.files.lock();
    return openSync(this.files.segment(this.number), "ax", 0o600);
  }
}
