import { setTimeout as sleep } from "node:timers/promises";
import type { UpstreamTarget, Watch } from "../upstream-types";
import { backoffMs } from "./backoff";
import { failure, isSubscriptionRefused, isWrongEra, toFailure } from "./failures";
import { hearOldSse, hearStreamable } from "./listen-legacy";
import { hearModern } from "./listen-modern";
import { knowing, probedAnew } from "./verdict";

/**
 * Hears of changed lists and resources in whichever way the server offers, and tries again until the signal aborts. `ready` settles
 * with the first round: resolved when the server is listened to, or has nothing to be heard; rejected when it refuses a subscription
 * (`SubscriptionRefused`, and that is the end of it) or cannot be reached now (`UpstreamFailure`, and it is tried again).
 */
export function listenUpstream(target: UpstreamTarget, watch: Watch): { ready: Promise<void> } {
  const ready = new Promise<void>((resolve, reject) => void listen(target, watch, resolve, reject));
  // Whoever does not wait for it must not be ended by it.
  ready.catch(() => {});
  return { ready };
}

/** One round of listening: `none` when the server has nothing to be heard. Calls `onReady` once it is listened to. */
type Hear = (target: UpstreamTarget, watch: Watch, onReady: () => void) => Promise<"none" | "ended">;

async function listen(target: UpstreamTarget, watch: Watch, resolve: () => void, reject: (error: Error) => void): Promise<void> {
  for (let failures = 0; !watch.signal.aborted; ) {
    let isReady = false;
    const onReady = () => {
      isReady = true;
      resolve();
    };
    try {
      const known = await knowing(target);
      const round = await (watch.signal.aborted ? "ended" : hearOnce(target, known, watch, onReady));
      if (round === "none") return resolve();
    } catch (error) {
      if (isSubscriptionRefused(error)) return reject(error);
      if (!watch.signal.aborted) reject(toFailure(error));
    }
    failures = isReady ? 1 : failures + 1;
    await sleep(backoffMs(failures), undefined, { signal: watch.signal, ref: false }).catch(() => {});
  }
  reject(failure("cancelled", false));
}

async function hearOnce(target: UpstreamTarget, known: UpstreamTarget, watch: Watch, onReady: () => void): Promise<"none" | "ended"> {
  try {
    return await earFor(known)(known, watch, onReady);
  } catch (error) {
    if (!isWrongEra(error)) throw error;
    const other = await probedAnew(target, known);
    return other ? "ended" : "none";
  }
}

function earFor(known: UpstreamTarget): Hear {
  if (known.era === "modern") return hearModern;
  return known.transport === "sse" ? hearOldSse : hearStreamable;
}
