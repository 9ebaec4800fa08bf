import { setTimeout as pause } from "node:timers/promises";
import { limits } from "@/lib/limits";

export type OverloadSettings = {
  underWayMax?: number;
  /** With so few under way there is no queue to shorten, however late a busy machine lets this process run. */
  underWayMin?: number;
  delayMsMax?: number;
  /** The record of calls takes nothing more. */
  isLogFull(): boolean;
  random?: () => number;
};

/** A refusal is held back a little, or clients that ask again at once keep the process busy with nothing but refusing. */
const holdMs = 250;
const heldMax = 2_000;
const pulseMs = 50;
const sharePerPulse = 0.05;
const recoveryPerPulse = 0.02;
/** Some are always let in, or nobody would notice that it is over. */
const shareMax = 0.95;

/**
 * Whether this process takes on another request. It refuses at once, before it has read or looked up anything, when too many are
 * under way, when the record does not keep up, and a growing share of them while it gets to its work late (AV-05): those it
 * takes are then answered in time.
 */
export class Overload {
  private underWay = 0;
  private held = 0;
  private delayMs = 0;
  private share = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly settings: OverloadSettings) {}

  /** False: refuse it. Otherwise `leave` must follow. */
  enter(): boolean {
    const { underWayMax = limits.requestsUnderWayMax, underWayMin = 64, isLogFull, random = Math.random } = this.settings;
    if (this.underWay >= underWayMax || isLogFull()) return false;
    if (this.share > 0 && this.underWay >= underWayMin && random() < this.share) return false;
    this.underWay++;
    return true;
  }

  /** Resolves when a refusal may go out; beyond so many at once, at once. */
  async hold(ms = holdMs * (0.8 + 0.4 * Math.random())): Promise<void> {
    if (this.held >= heldMax) return;
    this.held++;
    await pause(ms);
    this.held--;
  }

  leave(): void {
    this.underWay--;
  }

  /** Watches the event loop from now on, until `stop`. */
  start(): void {
    if (this.timer) return;
    let before = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      this.beat(now - before - pulseMs);
      before = now;
    }, pulseMs).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  /** How late this pulse came. Smoothed over some ten pulses: one long page or collection of garbage is no overload. */
  beat(lateMs: number): void {
    const { delayMsMax = limits.loopDelayMsMax } = this.settings;
    this.delayMs = this.delayMs * 0.8 + Math.max(0, lateMs) * 0.2;
    const excess = this.delayMs / delayMsMax;
    this.share = excess > 1 ? Math.min(shareMax, this.share + sharePerPulse * Math.min(excess, 4)) : Math.max(0, this.share - recoveryPerPulse);
  }
}
