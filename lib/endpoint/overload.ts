import { limits } from "@/lib/limits";

export type OverloadSettings = {
  underWayMax: number;
  /** So many requests are begun in one turn of the event loop; the others wait for the next one. */
  perTurn: number;
  /** When more than so many wait, the process is overloaded, */
  waitingMax: number;
  /** and then so many wait at most. */
  waitingInOverload: number;
  /** So many refusals go out at once in one turn, and the others after a while. */
  refusalsPerTurn: number;
  holdMs: number;
  /** The record of calls takes nothing more. */
  isLogFull(): boolean;
  now(): number;
  /** Runs something once everything that has arrived was looked at. */
  afterTurn(work: () => void): void;
};

const heldMax = 2_000;
/** When nobody had to be refused for so long, the overload is over. */
const calmMs = 1_000;

/**
 * Whether this process takes on another request (AV-05, decision 17). It begins a few in each turn of the event loop, after what is under
 * way has had its turn, so that is finished soon whatever arrives. The others wait, unread, and when too many do, only the youngest go on
 * waiting. Time spent waiting for a server, the database or a client does not count here, only turns do, and a turn is as long as what
 * this process has to do.
 */
export class Overload {
  private underWay = 0;
  private held = 0;
  private begun = 0;
  private isTurning = false;
  private refusedAt = Number.NEGATIVE_INFINITY;
  private readonly waiting: ((isTaken: boolean) => void)[] = [];
  private readonly settings: OverloadSettings;

  constructor(settings: Partial<OverloadSettings> = {}) {
    this.settings = { ...defaults, ...settings };
  }

  /** True: begin at once. Otherwise `decided` is told later whether to begin or to refuse. Whatever is begun must `leave`. */
  enter(decided: (isTaken: boolean) => void): boolean {
    const { underWayMax, perTurn, isLogFull } = this.settings;
    if (this.underWay >= underWayMax || isLogFull()) {
      this.refuseLater(decided);
      return false;
    }
    this.underWay++;
    if (this.begun < perTurn && this.waiting.length === 0) {
      this.begun++;
      return true;
    }
    this.awaitTurn();
    this.waiting.push(decided);
    return false;
  }

  leave(): void {
    this.underWay--;
  }

  /** How many are under way or wait for their turn. */
  get size(): number {
    return this.underWay;
  }

  private awaitTurn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    this.settings.afterTurn(() => this.turn());
  }

  // What was begun is counted over several turns while there is no queue, so one may begin fewer, but never more.
  private turn(): void {
    this.isTurning = false;
    this.shorten();
    const next = this.waiting.splice(0, this.settings.perTurn);
    this.begun = next.length;
    for (const begin of next) begin(true);
    if (next.length > 0) this.awaitTurn();
  }

  private shorten(): void {
    const { waitingMax, waitingInOverload, refusalsPerTurn, now } = this.settings;
    const at = now();
    if (this.waiting.length <= (at - this.refusedAt < calmMs ? waitingInOverload : waitingMax)) return;
    this.refusedAt = at;
    const refused = this.waiting.splice(0, this.waiting.length - waitingInOverload);
    this.underWay -= refused.length;
    for (const refuse of refused.splice(0, refusalsPerTurn)) refuse(false);
    for (const refuse of refused) this.refuseLater(refuse);
  }

  // Clients that ask again at once would keep the process busy with nothing but refusing.
  private refuseLater(refuse: (isTaken: false) => void): void {
    // Not before `enter` has returned.
    if (this.held >= heldMax) return void queueMicrotask(() => refuse(false));
    this.held++;
    setTimeout(
      () => {
        this.held--;
        refuse(false);
      },
      this.settings.holdMs * (0.8 + 0.4 * Math.random()),
    );
  }
}

const defaults: OverloadSettings = {
  underWayMax: limits.requestsUnderWayMax,
  perTurn: limits.requestsPerTurn,
  waitingMax: limits.requestsWaitingMax,
  waitingInOverload: limits.requestsWaitingInOverload,
  refusalsPerTurn: limits.refusalsPerTurn,
  holdMs: limits.refusalHoldMs,
  isLogFull: () => false,
  now: () => performance.now(),
  afterTurn: (work) => void setImmediate(work),
};
