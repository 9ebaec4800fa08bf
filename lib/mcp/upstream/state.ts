import { singleton } from "@/lib/singleton";
import type { Detected } from "./detect";
import type { LegacySession } from "./legacy";

type Kept = { credential: string; session: Promise<LegacySession> };
type State = { lastId: number; sessions: Map<string, Kept>; detected: Map<string, Promise<Detected>> };

const entriesMax = 5_000;
const state = () => singleton<State>("mcp-upstream", () => ({ lastId: 0, sessions: new Map(), detected: new Map() }));

/** Request ids are unique in the process, whatever bundle asks, so also within any session. */
export function nextId(): number {
  const all = state();
  all.lastId++;
  return all.lastId;
}

export const sessions = () => state().sessions;
export const detections = () => state().detected;

/** Keeps an entry as the youngest; the oldest goes when there are too many. */
export function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= entriesMax) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
