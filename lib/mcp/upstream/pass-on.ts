import type { EgressResponse } from "@/lib/egress/request";
import { isObject } from "../frame";
import { ReaderGone } from "../pour";
import type { Passage, UpstreamReply } from "../upstream-types";
import type { Deadline } from "./deadline";
import { failure } from "./failures";
import { parse } from "./reply";
import { ResultScan } from "./result-scan";
import { collectYoungGarbage } from "./young-garbage";

/** Below this an answer is collected: it is there at once, and one write is cheaper than several. */
export const passOnBytesMin = 16_384;
/** A process grows by some twice of this while a large answer passes. */
const collectEvery = 524_288;

/**
 * A large JSON answer, passed on to the client as it arrives, as soon as it is certain that it holds the result of our request. Otherwise
 * its text, for the ordinary way. Members of the envelope, which differ from hop to hop, are held back and written anew at the end.
 */
export async function passOn(response: EgressResponse, id: number, passage: Passage, deadline: Deadline): Promise<UpstreamReply | string> {
  const scan = new ResultScan(passage.holds, (outer) => outer.get("jsonrpc") === '"2.0"' && outer.get("id") === String(id));
  const early: Buffer[] = [];
  let bytes = 0;
  let collectAt = collectEvery;
  let pour: ReturnType<Passage["open"]> = null;
  let isWaiting = true;
  try {
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (isWaiting) {
        early.push(chunk);
        if (bytes <= passOnBytesMin) continue;
      }
      const pieces = isWaiting ? early.flatMap((part) => scan.push(part)) : scan.push(chunk);
      if (isWaiting && scan.state !== "unfit") pour = scan.state === "head" ? null : passage.open();
      if (isWaiting && !pour) return await theRest(response, early);
      if (scan.state === "broken") throw failure("bad_answer", true);
      const more = pour?.write(isWaiting ? [passage.head, ...pieces] : pieces);
      isWaiting = false;
      early.length = 0;
      if (more) await deadline.race(more);
      if (bytes < collectAt) continue;
      collectAt = bytes + collectEvery;
      collectYoungGarbage();
    }
    if (!pour) return Buffer.concat(early).toString("utf8");
    const held = heldText(scan);
    if (!scan.isComplete || held === null) throw failure("bad_answer", true);
    const tail = passage.tail(held);
    await deadline.race(Promise.resolve(pour.write([tail && !scan.isEmpty ? `,${tail}` : tail, "}}"])));
    pour.end();
    return { kind: "result", result: scan.isError ? { isError: true } : {}, raw: "{}", bytes };
  } catch (error) {
    pour?.cut();
    throw error instanceof ReaderGone ? failure("cancelled", true) : error;
  }
}

async function theRest(response: EgressResponse, early: Buffer[]): Promise<string> {
  for await (const chunk of response.body) early.push(chunk);
  return Buffer.concat(early).toString("utf8");
}

/** The members that were held back, as an object's text; null when they are none, or say that this is no final result. */
function heldText({ held }: ResultScan): string | null {
  const text = `{${[...held].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
  const value = parse(text);
  return isObject(value) && (value.resultType === undefined || value.resultType === "complete") ? text : null;
}
