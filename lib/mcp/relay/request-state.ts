import { createHash } from "node:crypto";
import type { Caller } from "@/lib/gateway/ports";
import { canonicalJson } from "@/lib/canonical-json";
import type { JsonObject } from "@/drizzle/schema/servers";
import { peers } from "@/lib/peers";
import { isObject } from "../frame";

/** What a client carries from one round of a call to the next: a call of ours that waits, a server's own state, or nothing but its place. */
export type CarriedState = { kind: "parked"; id: string } | { kind: "upstream"; state: string } | { kind: "again" };

/** What it is bound to; anywhere else it does not open (ME-16). */
export type StateBinding = { orgId: string; callerId: string; portalId: string; serverId: string; method: string; params: JsonObject };

export type StateSeal = {
  seal(text: string, place: { orgId: string; rowId: string }): string;
  unseal(sealed: string, place: { orgId: string; rowId: string }): string;
};

const lifeMs = 600_000;

export function sealState(keys: StateSeal, state: CarriedState, binding: StateBinding, now: Date): string {
  const sealed = keys.seal(JSON.stringify({ ...state, until: now.getTime() + lifeMs }), placeOf(binding));
  return state.kind === "parked" ? peers().marked(sealed) : sealed;
}

/** Null for anything tampered with, expired, of another person, portal or server, or of another request. */
export function openState(keys: StateSeal, sealed: unknown, binding: StateBinding, now: Date): CarriedState | null {
  if (typeof sealed !== "string" || sealed.length > 200_000) return null;
  try {
    const state: unknown = JSON.parse(keys.unseal(peers().readMark(sealed).state, placeOf(binding)));
    if (!isObject(state) || typeof state.until !== "number" || state.until < now.getTime()) return null;
    if (state.kind === "parked" && typeof state.id === "string") return { kind: "parked", id: state.id };
    if (state.kind === "upstream" && typeof state.state === "string") return { kind: "upstream", state: state.state };
    return state.kind === "again" ? { kind: "again" } : null;
  } catch {
    return null;
  }
}

export const bindingOf = (caller: Caller, serverId: string, method: string, params: JsonObject): StateBinding => ({
  orgId: caller.view.org.id,
  callerId: caller.id,
  portalId: caller.view.portal.id,
  serverId,
  method,
  params,
});

function placeOf({ orgId, callerId, portalId, serverId, method, params }: StateBinding) {
  const request = createHash("sha256")
    .update(canonicalJson([method, params]))
    .digest("base64url");
  return { orgId, rowId: `${callerId} ${portalId} ${serverId} ${request}` };
}
