import type { Socket } from "node:net";
import { type Carried, Connection, type Owner } from "./connection";

/** What waits for a connection. */
export type Waiting = Carried & { readonly request: Request };
export type Request = { head: string; body: string | Buffer | undefined };

export type Connect = (done: (error: Error | null, socket: Socket | null) => void) => void;

/** The connections to one origin, so many at most; who finds none waits for the next that is free, in order. */
export class Pool implements Owner {
  private readonly idle: Connection[] = [];
  private readonly waiting = new Set<Waiting>();
  private connecting = 0;
  private open = 0;

  constructor(
    private readonly connect: Connect,
    private readonly max: number,
  ) {}

  take(wanted: Waiting): void {
    const connection = this.fresh();
    if (connection) connection.carry(wanted, wanted.request);
    else {
      this.waiting.add(wanted);
      this.grow();
    }
  }

  /** It does not want a connection any more. */
  leave(wanted: Waiting): void {
    this.waiting.delete(wanted);
  }

  released(connection: Connection): void {
    const [next] = this.waiting;
    if (!next) return void this.idle.push(connection);
    this.waiting.delete(next);
    connection.carry(next, next.request);
  }

  closed(connection: Connection): void {
    this.open--;
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
    this.grow();
  }

  /** Closes what nobody has used for long. True when nothing is left. */
  sweep(now: number): boolean {
    for (const connection of [...this.idle]) if (!connection.isFresh(now)) connection.destroy();
    return this.open === 0 && this.connecting === 0 && this.waiting.size === 0;
  }

  /** The one used last, so that the others can grow old. */
  private fresh(): Connection | null {
    if (this.idle.length === 0) return null;
    const now = performance.now();
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isFresh(now)) return connection;
      connection.destroy();
    }
    return null;
  }

  private grow(): void {
    while (this.connecting < this.waiting.size && this.connecting + this.open < this.max) {
      this.connecting++;
      this.connect((error, socket) => {
        this.connecting--;
        if (socket) {
          this.open++;
          this.released(new Connection(socket, this));
          return;
        }
        // One that was not reached is one request's bad luck; the others have attempts of their own.
        const [first] = this.waiting;
        if (!first) return;
        this.waiting.delete(first);
        first.fail(error ?? new Error("no connection"));
        this.grow();
      });
    }
  }
}
