import { createHash } from "node:crypto";
import type { Caller } from "@/lib/gateway/ports";
import { listTexts } from "./lists";

export type ListKind = "tools" | "prompts" | "resources";
export const listKinds: readonly ListKind[] = ["tools", "prompts", "resources"];

const methods = { tools: ["tools/list"], prompts: ["prompts/list"], resources: ["resources/list", "resources/templates/list"] } as const;

/** The lists in which two moments of one person differ. */
export function changedLists(before: Caller, after: Caller): ListKind[] {
  if (before.catalogue === after.catalogue && before.context === after.context && before.view === after.view) return [];
  return listKinds.filter((kind) => methods[kind].some((method) => listTexts(before, method).join() !== listTexts(after, method).join()));
}

/** The lists of one moment, small enough to be kept. */
export type ListsSeen = Record<ListKind, string>;

export const listsSeen = (caller: Caller): ListsSeen => ({
  tools: digest(caller, "tools"),
  prompts: digest(caller, "prompts"),
  resources: digest(caller, "resources"),
});

export const changedSince = (seen: ListsSeen, caller: Caller): ListKind[] => listKinds.filter((kind) => seen[kind] !== digest(caller, kind));

const digest = (caller: Caller, kind: ListKind) => methods[kind].map((method) => digestOf(listTexts(caller, method))).join();

// The texts are remembered with their catalogue, so each is read once.
const digests = new WeakMap<readonly string[], string>();

function digestOf(texts: readonly string[]): string {
  const known = digests.get(texts) ?? createHash("sha256").update(texts.join("\n")).digest("base64url");
  digests.set(texts, known);
  return known;
}

/** The list that a notification speaks of. */
export function kindOf(method: string): ListKind | undefined {
  return listKinds.find((kind) => method === `notifications/${kind}/list_changed`);
}
