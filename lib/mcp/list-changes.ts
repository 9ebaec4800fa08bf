import type { Caller } from "@/lib/gateway/ports";
import { listDigest } from "./lists";

export type ListKind = "tools" | "prompts" | "resources";
export const listKinds: readonly ListKind[] = ["tools", "prompts", "resources"];

const methods = { tools: ["tools/list"], prompts: ["prompts/list"], resources: ["resources/list", "resources/templates/list"] } as const;

/** The lists in which two moments of one person differ. */
export function changedLists(before: Caller, after: Caller): ListKind[] {
  if (before.catalogue === after.catalogue && before.context === after.context && before.view === after.view) return [];
  return listKinds.filter((kind) => methods[kind].some((method) => listDigest(before, method) !== listDigest(after, method)));
}

/** The lists of one moment, small enough to be kept. */
export type ListsSeen = Record<ListKind, string>;

export const listsSeen = (caller: Caller): ListsSeen => ({
  tools: digest(caller, "tools"),
  prompts: digest(caller, "prompts"),
  resources: digest(caller, "resources"),
});

export const changedSince = (seen: ListsSeen, caller: Caller): ListKind[] => listKinds.filter((kind) => seen[kind] !== digest(caller, kind));

const digest = (caller: Caller, kind: ListKind) => methods[kind].map((method) => listDigest(caller, method)).join();

/** The list that a notification speaks of. */
export function kindOf(method: string): ListKind | undefined {
  return listKinds.find((kind) => method === `notifications/${kind}/list_changed`);
}
