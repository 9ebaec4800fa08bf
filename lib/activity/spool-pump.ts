import type { SpoolDrain } from "./spool-drain";
import { isBefore, type Place } from "./spool-files";

export type PumpSettings = {
  tickMs: number;
  /** So much is drained before its tick: many records at once keep a core busy for so long that calls feel it. Less than a chunk, which it then fits in. */
  batchBytes: number;
  retryMs: number;
  failed(error: unknown): void;
  recovered(): void;
  /** Everything there is was drained. */
  done(): void;
};

/** Drains while there is something to drain: a tick after it came or once it is much, again and again, and with growing pauses while the database is away. */
export class SpoolPump {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | null = null;
  private failures = 0;
  private waitingBytes = 0;

  constructor(
    private readonly drain: SpoolDrain,
    private readonly end: () => Place,
    private readonly settings: PumpSettings,
  ) {}

  /** So much more was written. */
  wake(bytes: number): void {
    this.waitingBytes += bytes;
    if (this.running) return;
    if (this.failures === 0 && this.waitingBytes >= this.settings.batchBytes) void this.start(false);
    else this.timer ??= setTimeout(() => this.start(false), this.failures > 0 ? this.pauseMs() : this.settings.tickMs).unref();
  }

  /** Drains at once what is there now, however long calls are under way; false when the database does not take it in time. */
  async drained(msMax: number): Promise<boolean> {
    const target = this.end();
    const until = performance.now() + msMax;
    while (isBefore(this.drain.place, target)) {
      if (performance.now() > until) return false;
      if (this.failures > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(this.pauseMs(), 500)));
      await this.start(true);
    }
    return true;
  }

  private start(all: boolean): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.waitingBytes = 0;
    const before = this.running ?? Promise.resolve();
    const running = before
      .then(() => this.run(all))
      .finally(() => {
        if (this.running === running) this.running = null;
        if (this.drain.isDone(this.end())) this.settings.done();
        else this.wake(0);
      });
    this.running = running;
    return running;
  }

  private async run(all: boolean): Promise<void> {
    try {
      // A batch on the embedded database holds up the event loop, so others have a turn after each.
      while (await this.drain.step(this.end(), all)) await new Promise((resolve) => setImmediate(resolve));
    } catch (error) {
      if (this.failures++ === 0) this.settings.failed(error);
      return;
    }
    if (this.failures > 0) this.settings.recovered();
    this.failures = 0;
  }

  private pauseMs(): number {
    return Math.min(this.settings.retryMs * 2 ** (this.failures - 1), 20 * this.settings.retryMs);
  }
}
