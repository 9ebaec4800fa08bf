import type { EgressResponse } from "@/lib/egress/request";
import { egressRequest, isEgressError } from "@/lib/egress/request";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { SseReader } from "../sse";
import type { UpstreamReply, UpstreamTarget } from "../upstream-types";
import { unbounded } from "./deadline";
import { failure } from "./failures";
import { parse, readReply } from "./reply";
import type { Outgoing } from "./wire";

const resumesMax = 100;
export const retryMsDefault = 1_000;
export const retryMsMax = 30_000;

/**
 * The one answer that an event stream holds. A server of 2025-11-25 may close the stream before it and be asked again from the
 * last event on (SEP-1699); so a stream that broke is gone on with in the same way.
 */
export async function readAnswerStream(target: UpstreamTarget, first: EgressResponse, out: Outgoing): Promise<UpstreamReply> {
  let response: EgressResponse | null = first;
  let lastEventId: string | null = null;
  let retryMs = retryMsDefault;
  for (let resumed = 0; ; resumed++) {
    if (response) {
      const reader: SseReader = new SseReader(limits.upstreamBodyBytesMax);
      const reply = await readUntilReply(response, reader, out);
      if (reply) return reply;
      lastEventId = reader.lastEventId ?? lastEventId;
      retryMs = Math.min(reader.retryMs ?? retryMs, retryMsMax);
    }
    if (!out.resumes || lastEventId === null || resumed === resumesMax) throw unfinished();
    out.ear?.pausedFor(retryMs);
    await out.deadline.pause(retryMs);
    response = await resume(target, lastEventId, out);
  }
}

/** Null when the stream ends, or breaks, without the answer. */
async function readUntilReply(response: EgressResponse, reader: SseReader, out: Outgoing): Promise<UpstreamReply | null> {
  try {
    for await (const chunk of response.body) {
      for (const { event, data } of reader.push(chunk)) {
        // Servers that can resume a stream open it with an event that has an id and no data (SEP-1699).
        if (event !== "message" || data === "") continue;
        const message = parse(data);
        if (!isObject(message)) throw failure("bad_answer", true);
        out.deadline.touch();
        if (typeof message.method === "string") {
          out.ear?.hear(message);
          const behind = out.ear?.whenRead();
          if (behind) await untilRead(behind, out.deadline);
          continue;
        }
        // The first final answer wins; an answer to something we did not ask is a fault, not ours to skip (UP-22).
        const found = readReply(message, out.id, data);
        if (!found?.isOurs) throw failure("bad_answer", true, "the server answered with the id of another request");
        return found.reply;
      }
    }
  } catch (error) {
    if (!out.resumes || reader.lastEventId === null || !isEgressError(error) || error.cause_ !== "reset") throw error;
  }
  return null;
}

/** Nothing more is read from the server than its client takes. That is no silence of the server's. */
async function untilRead(behind: Promise<void>, deadline: Outgoing["deadline"]): Promise<void> {
  const release = deadline.hold();
  await deadline.race(behind).finally(release);
}

/** Null when it is worth another try. */
async function resume(target: UpstreamTarget, lastEventId: string, out: Outgoing): Promise<EgressResponse | null> {
  try {
    const response = await egressRequest(target.url, {
      method: "GET",
      headers: { ...target.headers, ...out.headers, accept: "text/event-stream", "last-event-id": lastEventId },
      signal: out.deadline.signal,
      ...unbounded,
      maxBytes: limits.upstreamBodyBytesMax,
    });
    if (response.status === 200 && isEventStream(response)) return response;
    response.dump();
    if (response.status < 500) throw unfinished();
    return null;
  } catch (error) {
    if (isEgressError(error) && (error.cause_ === "reset" || error.cause_ === "refused")) return null;
    throw error;
  }
}

export const isEventStream = (response: EgressResponse) => /^text\/event-stream/i.test(response.headers["content-type"] ?? "");
const unfinished = () => failure("bad_answer", true, "the server ended its answer before it was complete");
