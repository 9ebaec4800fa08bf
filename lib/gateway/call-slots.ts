import type { CallsAtOnce } from "@/lib/limits";
import { InFlight } from "./in-flight";
import type { Caller } from "./ports";

export type SlotKind = keyof CallsAtOnce;

/**
 * How many calls are under way for each grant, person, organization and server: nobody who is busy, and no server that hangs, uses
 * up what others need (AV-03, ME-14). These count in this process, since what they protect is its memory and its connections.
 */
export class CallSlots {
  private readonly grants: InFlight;
  private readonly people: InFlight;
  private readonly organizations: InFlight;
  private readonly servers: InFlight;

  constructor(readonly max: CallsAtOnce) {
    this.grants = new InFlight(max.grant);
    this.people = new InFlight(max.person);
    this.organizations = new InFlight(max.organization);
    this.servers = new InFlight(max.server);
  }

  /** Null when there was room everywhere, and then `leave` must follow; otherwise what is full. A call without a server is one of the portal's own. */
  enter({ grantId, id, view }: Caller, serverId: string | null): SlotKind | null {
    if (!this.grants.enter(grantId)) return "grant";
    if (!this.people.enter(id)) {
      this.grants.leave(grantId);
      return "person";
    }
    if (!this.organizations.enter(view.org.id)) {
      this.grants.leave(grantId);
      this.people.leave(id);
      return "organization";
    }
    if (serverId === null || this.servers.enter(serverId)) return null;
    this.grants.leave(grantId);
    this.people.leave(id);
    this.organizations.leave(view.org.id);
    return "server";
  }

  leave({ grantId, id, view }: Caller, serverId: string | null): void {
    this.grants.leave(grantId);
    this.people.leave(id);
    this.organizations.leave(view.org.id);
    if (serverId !== null) this.servers.leave(serverId);
  }

  get total(): number {
    return this.grants.total;
  }
}
