import { faultWords, log } from "@/lib/report";

/** Small writes that no answer waits for. They do not float: shutdown waits for them, and a failure is reported. */
export class Background {
  private readonly running = new Set<Promise<void>>();

  run(failure: string, work: () => Promise<unknown>): void {
    const done: Promise<void> = work().then(
      () => void this.running.delete(done),
      (error: unknown) => {
        this.running.delete(done);
        log("warn", "background", { what: failure, error: faultWords(error) });
      },
    );
    this.running.add(done);
  }

  async drained(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}

const keysMax = 50_000;

/** At most once a minute for each key, remembered in this process and bounded. */
export class OncePerMinute {
  private readonly last = new Map<string, number>();

  isDue(key: string, now: Date): boolean {
    const at = now.getTime();
    const before = this.last.get(key);
    if (before !== undefined && at - before < 60_000) return false;
    this.last.delete(key);
    this.last.set(key, at);
    const [oldest] = this.last.size > keysMax ? this.last.keys() : [];
    if (oldest !== undefined) this.last.delete(oldest);
    return true;
  }
}
