import type { JsonObject } from "@/drizzle/schema/servers";
import { nowMs } from "@/lib/clock";
import { singleton } from "@/lib/singleton";
import type { PeerMessage, UpstreamParty, UpstreamReply, UpstreamRequest, UpstreamTarget } from "../upstream-types";
import type { Deadline } from "./deadline";
import { isSessionLost, isWrongEra } from "./failures";
import { goodbyesSaid } from "./legacy";

/** A session that was opened for one party, whatever carries it. */
export type Conversation = {
  /** It can carry nothing more. */
  readonly isOver: boolean;
  /** The server knows nothing of who it spoke to before, so it serves any party. */
  readonly isAnybodys: boolean;
  /** Throws `SessionLost` when the server did not take the request because it does not know the session. */
  send(target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<UpstreamReply>;
  /** A notification of the client's that belongs to no request. */
  tell(message: PeerMessage): Promise<void>;
  /** Resolves once the server was told, if there is anything to tell it. */
  close(): Promise<void>;
};

type Kept = {
  key: string;
  orgId: string;
  partyKey: string;
  credential: string;
  opening: Promise<Conversation>;
  conversation: Conversation | null;
  running: number;
  usedAt: number;
  isRetired: boolean;
};
type State = { all: Map<string, Kept>; sweep: NodeJS.Timeout | null };

const keptMax = 5_000;
const idleMs = 30 * 60_000;
const state = () => singleton<State>("mcp-upstream-sessions", () => ({ all: new Map(), sweep: null }));

/** One request within the kept conversation of (server, party). One that the server has lost is opened again, once for all who miss it. */
export async function inConversation(
  target: UpstreamTarget,
  request: UpstreamRequest,
  deadline: Deadline,
  open: () => Promise<Conversation>,
  onRefused: () => void,
): Promise<UpstreamReply> {
  const first = take(target, request.party, open);
  try {
    return await use(first, target, request, deadline);
  } catch (error) {
    // Where a server begins to keep sessions, the next request finds that out.
    if (isWrongEra(error) && first.conversation?.isAnybodys) retire(first);
    if (!isSessionLost(error)) throw error;
    retire(first);
  }
  // The refused request was not carried out, so sending it again repeats nothing (UP-21).
  onRefused();
  const second = take(target, request.party, open);
  try {
    return await use(second, target, request, deadline);
  } catch (again) {
    if (!isSessionLost(again)) throw again;
    retire(second);
    return again.settle();
  }
}

/** Closes the conversations of an organization's parties whose key starts like this, once their running requests are through. */
export function endParty(orgId: string, keyPrefix: string): void {
  for (const kept of state().all.values()) if (kept.orgId === orgId && kept.partyKey.startsWith(keyPrefix)) retire(kept);
}

/** The process ends: servers are told that their sessions are over, those that answer within the time. */
export async function endConversations(msMax: number): Promise<void> {
  const { all } = state();
  const open = [...all.values()].flatMap(({ conversation }) => conversation ?? []);
  all.clear();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, msMax);
  });
  const said = Promise.all(open.map((conversation) => conversation.close())).then(goodbyesSaid);
  await Promise.race([said, late]).finally(() => clearTimeout(timer));
}

/** Tells every server that the party speaks to, in the eras with sessions; whether it listens does not matter. */
export function tellParty(orgId: string, keyPrefix: string, message: PeerMessage): void {
  for (const kept of state().all.values()) if (kept.orgId === orgId && kept.partyKey.startsWith(keyPrefix)) void kept.conversation?.tell(message);
}

/** Closes what nobody has used for a while. */
export function endIdle(now: number = nowMs()): void {
  for (const kept of state().all.values()) if (kept.running === 0 && now - kept.usedAt >= idleMs) retire(kept);
}

function take(target: UpstreamTarget, party: UpstreamParty, open: () => Promise<Conversation>): Kept {
  const { all } = state();
  const { credential, shared } = keysOf(target);
  const sharedKey = shared + capabilitiesText(party.capabilities);
  const anybodys = party.logLevel === null ? all.get(sharedKey) : undefined;
  const key = anybodys ? sharedKey : keyOf(target, party);
  const known = anybodys ?? all.get(key);
  if (known && known.credential === credential && !known.conversation?.isOver) {
    // While it is not half full nothing goes soon, so the order does not matter.
    if (all.size * 2 >= keptMax) {
      all.delete(key);
      all.set(key, known);
    }
    return known;
  }
  if (known) retire(known);
  // Not tied to the signal of the call that happens to be first: others may wait for the same conversation.
  const opening = open();
  const kept: Kept = {
    key,
    orgId: target.orgId,
    partyKey: party.key,
    credential,
    opening,
    conversation: null,
    running: 0,
    usedAt: nowMs(),
    isRetired: false,
  };
  all.set(key, kept);
  opening.then(
    (conversation) => {
      kept.conversation = conversation;
      if (conversation.isAnybodys && party.logLevel === null && !kept.isRetired) share(kept, sharedKey);
      settle(kept);
    },
    () => retire(kept),
  );
  bound();
  return kept;
}

async function use(kept: Kept, target: UpstreamTarget, request: UpstreamRequest, deadline: Deadline): Promise<UpstreamReply> {
  kept.running++;
  try {
    if (kept.conversation) return await kept.conversation.send(target, request, deadline);
    const conversation = await deadline.race(kept.opening);
    // The handshake has its own time; the request's begins here.
    deadline.touch();
    return await conversation.send(target, request, deadline);
  } finally {
    kept.running--;
    kept.usedAt = nowMs();
    settle(kept);
  }
}

/** Of a server that keeps no sessions, thousands of people would otherwise repeat the handshake for nothing. */
function share(kept: Kept, sharedKey: string): void {
  const { all } = state();
  const before = all.get(sharedKey);
  if (before) retire(before);
  all.delete(kept.key);
  kept.key = sharedKey;
  kept.partyKey = "";
  all.set(sharedKey, kept);
}

function retire(kept: Kept): void {
  const { all } = state();
  if (all.get(kept.key) === kept) all.delete(kept.key);
  kept.isRetired = true;
  settle(kept);
}

function settle({ conversation, isRetired, running }: Kept): void {
  if (isRetired && running === 0) void conversation?.close();
}

function bound(): void {
  const found = state();
  for (const kept of found.all.values()) {
    if (found.all.size <= keptMax) break;
    retire(kept);
  }
  found.sweep ??= setInterval(() => endIdle(), 60_000).unref();
}

const keyOf = ({ orgId, serverId }: UpstreamTarget, party: UpstreamParty) =>
  // What was declared at the start holds for the whole session, so whoever can do other things needs another one.
  `${orgId} ${serverId} ${party.key} ${capabilitiesText(party.capabilities)}`;

// A session declares the same object each time.
const texts = new WeakMap<JsonObject, string>();

function capabilitiesText(capabilities: JsonObject): string {
  let text = texts.get(capabilities);
  if (text === undefined) {
    text = JSON.stringify(capabilities);
    texts.set(capabilities, text);
  }
  return text;
}

/** `credential`: a changed address or credential is another server or another account, whose sessions start anew. `shared`: the key of what is anybody's with it. */
type Keys = { credential: string; shared: string };

// A target that was read serves many calls.
const keys = new WeakMap<UpstreamTarget, Keys>();

function keysOf(target: UpstreamTarget): Keys {
  let known = keys.get(target);
  if (!known) {
    let credential = target.url;
    for (const name in target.headers) if (!name.startsWith("mcp-param-")) credential += `\n${name}: ${target.headers[name]}`;
    known = { credential, shared: `${target.orgId} ${target.serverId} ${credential} ` };
    keys.set(target, known);
  }
  return known;
}
