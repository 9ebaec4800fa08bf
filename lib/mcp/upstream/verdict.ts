import { singleton } from "@/lib/singleton";
import type { UpstreamReply, UpstreamTarget } from "../upstream-types";
import { type Detected, detect } from "./detect";
import type { Deadline } from "./deadline";
import { isWrongEra } from "./failures";
import { closeSession } from "./legacy";

type Verdict = Pick<UpstreamTarget, "transport" | "era" | "protocolVersion">;
type State = { found: Map<string, Promise<Verdict>>; askedAnewAt: Map<string, number> };

const entriesMax = 5_000;
/** A server that insists on its refusal is not probed for each request again. */
const askAnewMs = 60_000;
const state = () => singleton<State>("mcp-upstream-verdicts", () => ({ found: new Map(), askedAnewAt: new Map() }));

/**
 * Sends in the era that the server is known to speak; one that nobody has probed yet is probed by its first request, and the rest
 * wait for that. When the verdict turns out to be wrong the server is probed anew, once, and the request, not carried out, sent again.
 */
export function inItsEra(
  target: UpstreamTarget,
  send: (known: UpstreamTarget) => Promise<UpstreamReply>,
  onRefused: () => void,
  deadline: Pick<Deadline, "race">,
): Promise<UpstreamReply> {
  const known = knowing(target);
  if (known instanceof Promise) return deadline.race(known).then((found) => sendKnown(target, found, send, onRefused, deadline));
  return sendKnown(target, known, send, onRefused, deadline);
}

async function sendKnown(
  target: UpstreamTarget,
  known: UpstreamTarget,
  send: (known: UpstreamTarget) => Promise<UpstreamReply>,
  onRefused: () => void,
  deadline: Pick<Deadline, "race">,
): Promise<UpstreamReply> {
  try {
    return await send(known);
  } catch (error) {
    if (!isWrongEra(error)) throw error;
    const other = await deadline.race(probedAnew(target, known));
    if (!other) return error.settle();
    onRefused();
    return await send(other).catch((again: unknown) => {
      if (isWrongEra(again)) return again.settle();
      throw again;
    });
  }
}

/** The target with its era and transport filled in. */
export function knowing(target: UpstreamTarget): UpstreamTarget | Promise<UpstreamTarget> {
  if (target.protocol === "current") return { ...target, transport: "streamable_http", era: "modern" };
  const { found } = state();
  const verdict = found.size > 0 ? found.get(keyOf(target)) : undefined;
  const isKnown = target.protocol === "session" ? target.era === "legacy" && target.transport !== null : target.era !== null;
  if (!verdict && isKnown) return target;
  return (verdict ?? probe(target)).then((known) => ({ ...target, ...known }));
}

/** After a sync, whose own verdict is stored and counts from then on. */
export function forgetVerdict(target: UpstreamTarget): void {
  state().found.delete(keyOf(target));
}

/** Null when the server speaks the same as before, or has just been asked. */
export async function probedAnew(target: UpstreamTarget, known: UpstreamTarget): Promise<UpstreamTarget | null> {
  const { askedAnewAt } = state();
  const key = keyOf(target);
  const now = performance.now();
  if (now - (askedAnewAt.get(key) ?? Number.NEGATIVE_INFINITY) < askAnewMs) {
    // Somebody has just found out: their verdict counts for whoever set out before.
    const found = await state().found.get(key);
    return found && found.era !== known.era ? { ...target, ...found } : null;
  }
  keep(askedAnewAt, key, now);
  const verdict = await probe(target).catch(() => null);
  return verdict && (verdict.era !== known.era || verdict.transport !== known.transport) ? { ...target, ...verdict } : null;
}

function probe(target: UpstreamTarget): Promise<Verdict> {
  const { found } = state();
  const key = keyOf(target);
  const verdict = detect(target).then((detected) => verdictOf(target, detected));
  keep(found, key, verdict);
  verdict.catch(() => {
    if (found.get(key) === verdict) found.delete(key);
  });
  return verdict;
}

function verdictOf(target: UpstreamTarget, detected: Detected): Verdict {
  if (detected.transport === "sse") detected.open.close();
  else if (detected.era === "legacy") void closeSession(target, detected.session);
  return { transport: detected.transport, era: detected.era, protocolVersion: detected.about.protocolVersion };
}

const keyOf = ({ orgId, serverId, url, protocol }: UpstreamTarget) => `${orgId} ${serverId} ${url} ${protocol}`;

/** Keeps an entry as the youngest; the oldest goes when there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > entriesMax && oldest !== undefined) map.delete(oldest);
}
