import { peers } from "@/lib/peers";
import { singleton } from "@/lib/singleton";
import type { ConnectionRef } from "./sealed";

type Waiting = { orgId: string; serverId: string; personId: string; until: number; tell(): void };

const waitingMax = 1_000;
const waitMs = 600_000;
const all = () => singleton<Set<Waiting>>("waiting-for-connections", () => new Set());

/** Some client was told to have the person connect, and wants to hear when that is done. For a while, in this process, and bounded. */
export function awaitConnection(of: { orgId: string; serverId: string; personId: string }, tell: () => void): void {
  const waiting = all();
  const now = Date.now();
  for (const one of waiting) if (one.until < now || waiting.size >= waitingMax) waiting.delete(one);
  waiting.add({ ...of, until: now + waitMs, tell });
}

/** The account is connected: whoever waits for it hears of it, once, in whichever process. */
export function announceConnected({ orgId, serverId, personId }: ConnectionRef): void {
  if (personId !== null) peers().tell({ kind: "connected", orgId, serverId, personId });
  tellWaiting({ orgId, serverId, personId });
}

export function tellWaiting({ orgId, serverId, personId }: ConnectionRef): void {
  const waiting = all();
  for (const one of waiting) {
    if (one.orgId !== orgId || one.serverId !== serverId || one.personId !== personId) continue;
    waiting.delete(one);
    if (one.until >= Date.now()) one.tell();
  }
}
