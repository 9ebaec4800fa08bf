import { singleton } from "./singleton";

/** What one process of an installation on this machine tells the others; what is lost with a process is lost. */
export type Told =
  /** A client without a session cancels a request, which may be under way anywhere. */
  | { kind: "cancelled"; owner: string; requestId: string | number }
  /** What a grant is served has changed without a new access version. */
  | { kind: "narrowed"; grantId: string }
  | { kind: "connected"; orgId: string; serverId: string; personId: string }
  /** A client answers a question that a process before this one asked it, and that it still waits for. */
  | {
      kind: "answered";
      sessionId: string;
      askId: string | number;
      answer: { result: Record<string, unknown> } | { error: { code: number; message: string; data?: unknown } };
    };

/**
 * The processes that share a port with this one. Each has a place in the row, which its successor after a restart takes over, and
 * MCP sessions and waiting calls belong to a place: whichever process a request arrives at, it can tell where it belongs.
 */
export class Peers {
  place = 0;
  places = 1;
  /** Where this process is reached by the others. */
  socket = "";
  /** Where each place is reached; null while nobody holds it. */
  sockets: readonly (string | null)[] = [];
  /** All of them, with those that have given up their place and finish their calls. */
  living: readonly string[] = [];
  pages: string | null = null;
  private say: ((told: Told) => void) | null = null;
  private readonly listeners = new Set<(told: Told) => void>();

  /** This process is one of several. */
  join(place: number, places: number, socket: string): void {
    this.socket = socket;
    this.place = place;
    this.places = places;
  }

  /** How the others are told something. */
  speak(say: (told: Told) => void): void {
    this.say = say;
  }

  /** The place that a session's token belongs to. */
  placeOf(token: string): number {
    if (this.places === 1) return this.place;
    let hash = 0x811c9dc5;
    for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
    return (hash >>> 0) % this.places;
  }

  /** A token that belongs here, so that a session stays where it began. */
  ownToken(make: () => string): string {
    for (;;) {
      const token = make();
      if (this.placeOf(token) === this.place) return token;
    }
  }

  /** Marks what only this very process can go on with, such as a call that waits in its memory. */
  marked(state: string): string {
    return this.socket === "" ? state : `${nameOf(this.socket)}~${state}`;
  }

  /** The bare state, and the socket of the other process that made the mark; null when that is gone, or is this one. */
  readMark(marked: string): { state: string; elsewhere: string | null } {
    const found = /^(\d{1,9})~/.exec(marked);
    if (!found) return { state: marked, elsewhere: null };
    const maker = this.living.find((socket) => nameOf(socket) === found[1]) ?? null;
    return { state: marked.slice(found[0].length), elsewhere: maker === this.socket ? null : maker };
  }

  tell(told: Told): void {
    this.say?.(told);
  }

  onTold(listener: (told: Told) => void): void {
    this.listeners.add(listener);
  }

  hear(told: Told): void {
    for (const listener of this.listeners) listener(told);
  }
}

/** Sockets are numbered in the order in which their processes were started. */
const nameOf = (socket: string) => /(\d+)\.sock$/.exec(socket)?.[1] ?? "";

export const peers = () => singleton("peers", () => new Peers());
