import { singleton } from "@/lib/singleton";

const state = () => singleton("mcp-upstream", () => ({ lastId: 0 }));

/** Request ids are unique in the process, whatever bundle asks, so also within any session. */
export function nextId(): number {
  const all = state();
  all.lastId++;
  return all.lastId;
}
