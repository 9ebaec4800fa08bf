import { peers } from "@/lib/peers";
import { type Stop, Stopper } from "@/lib/stop";

/**
 * Calls under way by (session, request id), so that `notifications/cancelled` of the 2025 eras finds its call; without a session
 * by (grant, request id). Nobody else can reach it (ME-15). Of one grant's two processes without sessions that use the same id,
 * nobody's call is cancelled.
 */
export class Cancellations {
  // Not a `Map`, which would keep each call for long (lib/bag.ts).
  private readonly running: Record<string, Stopper | "ambiguous"> = Object.create(null);

  begin(owner: string, id: string | number): Stop {
    const key = keyOf(owner, id);
    const stopper = new Stopper();
    this.running[key] = key in this.running ? "ambiguous" : stopper;
    return stopper;
  }

  end(owner: string, id: string | number): void {
    delete this.running[keyOf(owner, id)];
  }

  cancel(owner: string, id: unknown): void {
    const stopper = this.running[keyOf(owner, id)];
    if (stopper instanceof Stopper) stopper.abort();
    // It may be under way in another process, or be over.
    else if (stopper === undefined && (typeof id === "string" || typeof id === "number")) peers().tell({ kind: "cancelled", owner, requestId: id });
  }

  /** The same, said by another process; it goes no further. */
  told(owner: string, id: string | number): void {
    const stopper = this.running[keyOf(owner, id)];
    if (stopper instanceof Stopper) stopper.abort();
  }
}

// `1` and `"1"` are two ids.
const keyOf = (owner: string, id: unknown) => (typeof id === "number" ? `${owner} ${id}` : `${owner} ${JSON.stringify(id)}`);
