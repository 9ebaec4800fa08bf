import { singleton } from "@/lib/singleton";

/** A complete answer whose events are kept; `forget` lets go of them. */
export type Kept = { readonly chars: number; forget(): void };

const keptMs = 120_000;
const keptCharsMax = 33_554_432;

/**
 * The complete answers of all sessions that a client may still come back for. Each is kept for a while, and all of them together hold so
 * much, the oldest giving way: a session may stay open for days, and there may be thousands of them.
 */
export class KeptAnswers {
  /** In the order in which they were completed, with the time until which each is kept. */
  private readonly all = new Map<Kept, number>();
  private charsOfAll = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly ms = keptMs,
    private readonly charsMax = keptCharsMax,
  ) {}

  keep(answer: Kept, now = performance.now()): void {
    if (answer.chars === 0 || this.all.has(answer)) return;
    this.all.set(answer, now + this.ms);
    this.charsOfAll += answer.chars;
    this.sweep(now);
  }

  sweep(now = performance.now()): void {
    for (const [answer, until] of this.all) {
      if (until > now && this.charsOfAll <= this.charsMax) break;
      this.all.delete(answer);
      this.charsOfAll -= answer.chars;
      answer.forget();
    }
    if (this.all.size > 0) this.timer ??= setTimeout(this.onTime, this.ms).unref();
  }

  private readonly onTime = () => {
    this.timer = null;
    this.sweep();
  };
}

export const keptAnswers = () => singleton("kept-answers", () => new KeptAnswers());
