import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import type { UpstreamReply, UpstreamTarget, Watch } from "../upstream-types";
import { within } from "./deadline";
import { nobody } from "./detect";
import { SubscriptionRefused } from "./failures";
import { closeSession, type LegacySession, openSession, sessionHeaders } from "./legacy";
import { hearChange } from "./listen-change";
import { openOldSse } from "./old-sse";
import { standStream } from "./standing";
import { nextId } from "./state";
import { exchange, replyOf, say } from "./wire";

const openWaitMs = 2_000;

/** A session of its own with its standalone stream (2025 eras), and a subscription for each resource. */
export async function hearStreamable(target: UpstreamTarget, watch: Watch, onReady: () => void): Promise<"none" | "ended"> {
  const session = await openSession(target, {}, watch.signal);
  const closing = new AbortController();
  const close = () => closing.abort();
  watch.signal.addEventListener("abort", close, { once: true });
  try {
    if (!hasSomething(session.capabilities, watch)) return "none";
    const { opened, ended } = standStream(target, sessionHeaders(session), (message) => hearChange(watch, message), closing.signal);
    // Some servers send their headers with the first event only.
    if ((await Promise.race([opened, sleep(openWaitMs, "open" as const, { ref: false })])) === "none") return "none";
    await subscribeAll(watch, (params) => ask(target, session, params, watch.signal));
    onReady();
    return (await ended) === "none" ? "none" : "ended";
  } finally {
    watch.signal.removeEventListener("abort", close);
    closing.abort();
    void leave(target, session, watch);
  }
}

/** The stream of the 2024-11-05 transport, which carries everything anyway. */
export async function hearOldSse(target: UpstreamTarget, watch: Watch, onReady: () => void): Promise<"none" | "ended"> {
  const outside = { notify: (message: JsonObject) => hearChange(watch, message), ask: async () => ({ error: { code: -32601, message: "Method not found" } }) };
  const open = await openOldSse(target, { ...nobody, outside }, watch.signal);
  const close = () => open.close();
  watch.signal.addEventListener("abort", close, { once: true });
  try {
    if (!hasSomething(open.about.capabilities, watch)) return "none";
    await subscribeAll(watch, (params) =>
      within(limits.upstreamHandshakeMs, watch.signal, (deadline) => open.request("resources/subscribe", params, deadline)),
    );
    onReady();
    await open.ended;
    return "ended";
  } finally {
    watch.signal.removeEventListener("abort", close);
    close();
  }
}

function hasSomething(capabilities: JsonObject, { lists, resources }: Watch): boolean {
  const changes = (name: string) => isObject(capabilities[name]) && capabilities[name].listChanged === true;
  return resources.length > 0 || (lists && (changes("tools") || changes("prompts") || changes("resources")));
}

async function subscribeAll({ resources }: Watch, subscribe: (params: JsonObject) => Promise<UpstreamReply>): Promise<void> {
  for (const uri of resources) {
    const reply = await subscribe({ uri });
    if (reply.kind === "error") throw new SubscriptionRefused(reply.error);
  }
}

function ask(target: UpstreamTarget, session: LegacySession, params: JsonObject, signal: AbortSignal): Promise<UpstreamReply> {
  const out = { id: nextId(), method: "resources/subscribe", params, headers: sessionHeaders(session), ear: null, resumes: true };
  return within(limits.upstreamHandshakeMs, signal, async (deadline) => replyOf(await exchange(target, { ...out, deadline })));
}

/** Said as far as anybody listens: a server may keep what it is not told to forget. */
async function leave(target: UpstreamTarget, session: LegacySession, { resources }: Watch): Promise<void> {
  const message = (uri: string) => ({ id: nextId(), method: "resources/unsubscribe", params: { uri } });
  for (const uri of resources) await say(target, sessionHeaders(session), message(uri), limits.upstreamMetadataMs).catch(() => {});
  await closeSession(target, session);
}
