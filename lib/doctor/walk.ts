import { isEgressError } from "@/lib/egress/errors";
import { unreachable } from "./unreachable";
import type { Fix, Step } from "./report";

export type Outcome<T> = { passed: string; value: T } | { failed: string; fix?: Fix };
export type WalkLimits = { stepMs: number; signal: AbortSignal };

export const passed = (words: string): { passed: string; value: true } => ({ passed: words, value: true });

/** Steps one after the other, each within its time, each with a verdict; what comes after a failure is skipped. */
export class Walk<Id extends string> {
  private readonly done = new Map<Id, Omit<Step, "id" | "title">>();

  constructor(
    private readonly titles: Readonly<Record<Id, string>>,
    private readonly limits: WalkLimits,
  ) {}

  /** What the step found, or null when the walk ends here. */
  async step<T>(id: Id, work: (signal: AbortSignal) => Promise<Outcome<T>>): Promise<T | null> {
    if (this.limits.signal.aborted) return null;
    const outcome = await this.inTime(work);
    if ("failed" in outcome) {
      this.done.set(id, { verdict: "failed", words: outcome.failed, fix: outcome.fix ?? null });
      return null;
    }
    this.done.set(id, { verdict: "passed", words: outcome.passed, fix: null });
    return outcome.value;
  }

  skip(id: Id, words: string): void {
    this.done.set(id, { verdict: "skipped", words, fix: null });
  }

  /** Every step in order; those that nobody came to say why. */
  steps(): Step[] {
    const why = this.limits.signal.aborted ? "There was no time left for it." : "An earlier step failed.";
    const ids = Object.keys(this.titles) as Id[]; // The keys of this very record.
    return ids.map((id) => ({ id, title: this.titles[id], ...(this.done.get(id) ?? { verdict: "skipped", words: why, fix: null }) }));
  }

  private async inTime<T>(work: (signal: AbortSignal) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Outcome<T>>((resolve) => {
      timer = setTimeout(() => {
        resolve({ failed: `Nothing came within ${this.limits.stepMs / 1_000} s.` });
        late.abort();
      }, this.limits.stepMs);
    });
    try {
      return await Promise.race([work(AbortSignal.any([late.signal, this.limits.signal])), tooLate]);
    } catch (error) {
      if (!isEgressError(error)) throw error;
      return { failed: unreachable(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}
