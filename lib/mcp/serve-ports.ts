import type { Caller, Ports } from "@/lib/gateway/ports";
import type { ListKind } from "./list-changes";
import type { ParkedCalls } from "./relay/parked-calls";
import type { StateSeal } from "./relay/request-state";
import type { Sessions } from "./sessions/sessions";
import type { PeerMessage, UpstreamReply, UpstreamRequest, UpstreamTarget, Watch } from "./upstream-types";

/** A stream that stays open, and what it has to hear of while it does. */
export type OpenStream = {
  /** Who this is now, checked in full; null when they are out. */
  readmit(): Promise<Caller | null>;
  /** The person may see something else than before in these lists. */
  changed(caller: Caller, lists: readonly ListKind[]): void;
  /** The person is out, or the process ends. */
  end(): void;
};

export type OpenStreams = {
  readonly size: number;
  /** Null when this person, or everybody together, has too many open. The function closes it. */
  open(caller: Caller, stream: OpenStream): Promise<(() => void) | null>;
};

/** What serving needs beyond the pure gateway; wired in lib/endpoint. */
export type ServePorts = Ports & {
  send(target: UpstreamTarget, request: UpstreamRequest): Promise<UpstreamReply>;
  listen(target: UpstreamTarget, watch: Watch): { ready: Promise<void> };
  /** Closes what is open upstream for the parties whose key begins so. */
  endParty(orgId: string, keyPrefix: string): void;
  /** Passes a notification of the client's on to every server that parties with this prefix speak to. */
  tell(orgId: string, keyPrefix: string, message: PeerMessage): void;
  sessions: Sessions;
  parked: ParkedCalls;
  streams: OpenStreams;
  states: StateSeal;
  /** A server says that a list of its changed: `notifications/tools/list_changed` and so on. */
  heard(orgId: string, serverId: string, method: string): void;
};
