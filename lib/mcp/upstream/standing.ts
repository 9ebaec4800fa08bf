import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@/drizzle/schema/servers";
import { type EgressResponse, egressRequest } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { type SseEvent, SseReader } from "../sse";
import type { UpstreamTarget } from "../upstream-types";
import { backoffMs } from "./backoff";
import { parse } from "./reply";
import { isEventStream, retryMsMax } from "./stream-answer";

/** A stream without an end of its own; after this it is opened anew. */
export const streamMsMax = 12 * 3_600_000;

export type Standing = {
  /** Settles with the server's first answer; `none`: it offers no such stream. */
  opened: Promise<"open" | "none">;
  /** `lost`: the server does not know the session any more. */
  ended: Promise<"none" | "lost" | "aborted">;
};

/** The standalone stream of a session (2025 eras), opened again from the last event on until the signal aborts. */
export function standStream(target: UpstreamTarget, headers: Record<string, string>, on: (message: JsonObject) => void, signal: AbortSignal): Standing {
  let onOpen = (_how: "open" | "none") => {};
  const opened = new Promise<"open" | "none">((resolve) => {
    onOpen = resolve;
  });
  const ended = stand(target, headers, on, signal, () => onOpen("open")).finally(() => onOpen("none"));
  return { opened, ended };
}

async function stand(
  target: UpstreamTarget,
  headers: Record<string, string>,
  on: (message: JsonObject) => void,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<"none" | "lost" | "aborted"> {
  let wasOpen = false;
  let lastEventId: string | null = null;
  for (let failures = 0; !signal.aborted; ) {
    const reader: SseReader = new SseReader(limits.upstreamBodyBytesMax);
    let hasHeard = false;
    try {
      const response = await openStream(target, { ...headers, ...(lastEventId !== null && { "last-event-id": lastEventId }) }, signal);
      if (response.status === 200 && isEventStream(response)) {
        wasOpen = true;
        onOpen();
        await readMessages(response, reader, (message) => {
          hasHeard = true;
          on(message);
        });
      } else {
        response.dump();
        // Where there was a stream before, it is the session that is gone.
        if (response.status < 500 && response.status !== 429) return wasOpen ? "lost" : "none";
      }
    } catch {
      // Unreachable, broken or too large: another try, ever later, while the session is kept.
    }
    lastEventId = reader.lastEventId ?? lastEventId;
    failures = hasHeard ? 0 : failures + 1;
    await sleep(Math.max(Math.min(reader.retryMs ?? 0, retryMsMax), backoffMs(failures)), undefined, { signal, ref: false }).catch(() => {});
  }
  return "aborted";
}

/** Opens an event stream that may stay silent for hours. */
export const openStream = (target: UpstreamTarget, headers: Record<string, string>, signal?: AbortSignal): Promise<EgressResponse> =>
  egressRequest(target.url, {
    method: "GET",
    headers: { ...target.headers, ...headers, accept: "text/event-stream" },
    signal,
    isStream: true,
    headersTimeoutMs: streamMsMax,
    bodyTimeoutMs: Number.POSITIVE_INFINITY,
    totalTimeoutMs: streamMsMax,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });

/** Every JSON-RPC message of a stream until it ends, and its other events to those who know them. */
export async function readMessages(
  response: EgressResponse,
  reader: SseReader,
  on: (message: JsonObject, text: string) => void,
  onOther: (event: SseEvent) => void = () => {},
): Promise<void> {
  for await (const chunk of response.body) {
    for (const event of reader.push(chunk)) {
      if (event.event !== "message") {
        onOther(event);
        continue;
      }
      const message = parse(event.data);
      if (isObject(message)) on(message, event.data);
    }
  }
}
