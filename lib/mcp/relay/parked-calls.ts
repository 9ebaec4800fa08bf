import { limits } from "@/lib/limits";
import { rpc } from "../frame";
import type { Peer } from "../upstream-types";
import type { ParkedCall } from "./parked-call";

const waitMs = 600_000;

/** Calls of this process that are under way or wait for a client's answers; bounded, and given up after a while. */
export class ParkedCalls {
  private readonly waiting = new Map<string, { call: ParkedCall; timer: NodeJS.Timeout }>();
  private readonly running = new Map<string, Set<ParkedCall>>();

  begin(call: ParkedCall): void {
    const { partyKey } = call.owner;
    const calls = this.running.get(partyKey) ?? new Set();
    this.running.set(partyKey, calls.add(call));
  }

  isRunning(partyKey: string): boolean {
    return this.running.has(partyKey);
  }

  end(call: ParkedCall): void {
    const calls = this.running.get(call.owner.partyKey);
    calls?.delete(call);
    if (calls?.size === 0) this.running.delete(call.owner.partyKey);
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** False when this caller, or everybody together, lets too many calls wait. */
  park(call: ParkedCall): boolean {
    const { callerId } = call.owner;
    const mine = [...this.waiting.values()].filter((other) => other.call.owner.callerId === callerId).length;
    if (this.waiting.size >= limits.parkedCallsMax || mine >= limits.parkedCallsPerPerson) return false;
    const timer = setTimeout(() => {
      this.waiting.delete(call.id);
      call.abort();
    }, waitMs);
    timer.unref();
    this.waiting.set(call.id, { call, timer });
    return true;
  }

  /** The call that waits under this id, which from now on waits no longer. */
  take(id: string): ParkedCall | null {
    const found = this.waiting.get(id);
    if (!found) return null;
    clearTimeout(found.timer);
    this.waiting.delete(id);
    return found.call;
  }

  /** What a server says outside any request to one party belongs to its newest call; there is nobody else it could mean. */
  outside(partyKey: string): Peer {
    const newest = () => [...(this.running.get(partyKey) ?? [])].at(-1);
    return {
      notify: (message) => newest()?.peer.notify(message),
      ask: (message, signal) =>
        newest()?.peer.ask(message, signal) ?? Promise.resolve({ error: { code: rpc.internal, message: "no call is under way that could be asked through" } }),
    };
  }

  closeAll(): void {
    for (const { call, timer } of this.waiting.values()) {
      clearTimeout(timer);
      call.abort();
    }
    this.waiting.clear();
  }
}
