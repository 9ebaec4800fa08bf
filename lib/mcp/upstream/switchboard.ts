import type { JsonObject } from "@/drizzle/schema/servers";
import { Bag } from "@/lib/bag";
import type { UpstreamParty, UpstreamRequest } from "../upstream-types";
import type { Deadline } from "./deadline";
import { Ear } from "./ear";
import { nextId } from "./state";

type Running = { ear: Ear; deadline: Deadline };

/**
 * Where a message belongs that came on a stream which all requests of one conversation share: progress to its request; the rest to
 * the party's `outside`, or, for a party without one, to the request that was made last.
 */
export class Switchboard {
  private readonly running = new Bag<Running>();
  private readonly outside: Ear;

  constructor(
    public party: UpstreamParty,
    private readonly answer: (message: JsonObject) => Promise<void>,
  ) {
    const self = this;
    this.outside = new Ear({
      get party() {
        return self.party;
      },
      get peer() {
        return self.party.outside;
      },
      progressToken: null,
      // Which of the running requests waits for this cannot be known.
      hold: () => this.holdAll(),
      touch: () => {},
      answer,
    });
  }

  /** One more request under way: its id, and the ear for what the server says to it. `leave` when it is over. */
  enter({ party, peer, progress }: UpstreamRequest, deadline: Deadline): { id: number; progressToken: number | null; ear: Ear; leave(): void } {
    const id = nextId();
    const progressToken = progress ? id : null;
    const ear = new Ear({ party, peer, progressToken, hold: () => deadline.hold(), touch: () => deadline.touch(), answer: this.answer });
    const entry = { ear, deadline };
    this.running.add(entry);
    const leave = () => {
      this.running.delete(entry);
      ear.end();
    };
    return { id, progressToken, ear, leave };
  }

  hear(message: JsonObject): void {
    if (message.method === "notifications/progress" || message.method === "notifications/cancelled") {
      // Each ear knows its own tokens and questions.
      for (const { ear } of this.running) ear.hear(message);
      this.outside.hear(message);
    } else this.nearest().hear(message);
  }

  end(): void {
    this.outside.end();
    for (const { ear } of this.running) ear.end();
  }

  private nearest(): Ear {
    if (this.party.outside) return this.outside;
    return [...this.running].findLast(({ ear }) => ear.hasPeer)?.ear ?? this.outside;
  }

  private holdAll(): () => void {
    const releases = [...this.running].map(({ deadline }) => deadline.hold());
    return () => {
      for (const release of releases) release();
    };
  }
}
