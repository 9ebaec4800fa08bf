import type { Stop } from "@/lib/stop";
import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import { rawElements, rawMember } from "../raw-json";
import type { Inspection, UpstreamReply, UpstreamTarget } from "../upstream-types";
import { resetBreaker } from "./breaker";
import { type Deadline, within } from "./deadline";
import { anybody, type Detected, detect } from "./detect";
import { Ear } from "./ear";
import { failure, toFailure } from "./failures";
import { closeSession, sessionHeaders } from "./legacy";
import { exchangeModern } from "./modern";
import { nextId } from "./state";
import { forgetVerdict } from "./verdict";
import { exchange, replyOf, sayQuietly } from "./wire";

type Ask = (method: string, params: JsonObject) => Promise<UpstreamReply>;
export type InspectOptions = { signal?: Stop; onProgress?: (text: string) => void };

const listTimeoutMs = 30_000;

/** Everything a server says about itself and offers: its era, and all pages of its lists. Refuses more than the limit, with the count. */
export async function inspectUpstream(target: UpstreamTarget, options: InspectOptions = {}): Promise<Inspection> {
  try {
    options.onProgress?.("connecting");
    const detected = await detect(target, options.signal, anybody);
    const inspection = await conversation(target, detected, options.signal, async (ask) => {
      const { capabilities } = detected.about;
      const lists = new Lists(ask, capabilities, options.onProgress);
      const tools = await lists.all("tools", "tools/list", "tools", "tools");
      const prompts = await lists.all("prompts", "prompts/list", "prompts", "prompts");
      const resources = await lists.all("resources", "resources/list", "resources", "resources");
      const templates = await lists.all("resource templates", "resources/templates/list", "resourceTemplates", "resources");
      const { transport, era, about } = detected;
      return {
        transport,
        era,
        protocolVersion: about.protocolVersion,
        serverInfo: about.serverInfo,
        capabilities,
        instructions: about.instructions,
        tools,
        prompts,
        resources,
        templates,
        written: lists.written,
      };
    });
    forgetVerdict(target);
    // Who answers all this is well, whatever was thought of it (AV-13).
    resetBreaker(target.orgId, target.serverId);
    return inspection;
  } catch (error) {
    throw toFailure(error);
  }
}

async function conversation<T>(target: UpstreamTarget, detected: Detected, signal: Stop | undefined, work: (ask: Ask) => Promise<T>): Promise<T> {
  if (detected.era === "modern") {
    const { protocolVersion } = detected.about;
    const ask = (method: string, params: JsonObject, deadline: Deadline) =>
      exchangeModern({ ...target, protocolVersion }, { method, params, party: anybody }, deadline);
    return work((method, params) => within(listTimeoutMs, signal, async (deadline) => replyOf(await ask(method, params, deadline))));
  }
  if (detected.transport === "sse") {
    const { open } = detected;
    return work((method, params) => within(listTimeoutMs, signal, (deadline) => open.request(method, params, deadline))).finally(() => open.close());
  }
  const { session } = detected;
  const headers = sessionHeaders(session);
  const answer = (message: JsonObject) => sayQuietly(target, headers, message);
  const ask = (method: string, params: JsonObject, deadline: Deadline) => {
    const ear = new Ear({ party: anybody, peer: undefined, progressToken: null, hold: () => deadline.hold(), touch: () => deadline.touch(), answer });
    return exchange(target, { headers, ear, resumes: true, id: nextId(), method, params, deadline });
  };
  return work((method, params) => within(listTimeoutMs, signal, async (deadline) => replyOf(await ask(method, params, deadline)))).finally(
    () => void closeSession(target, session),
  );
}

/** Reads paged lists, counting over all of them. */
class Lists {
  readonly written = new Map<JsonObject, string>();
  private total = 0;

  constructor(
    private readonly ask: Ask,
    private readonly capabilities: JsonObject,
    private readonly onProgress: ((text: string) => void) | undefined,
  ) {}

  async all(noun: string, method: string, key: string, capability: string): Promise<JsonObject[]> {
    const declared = this.capabilities[capability] !== undefined;
    // Some servers forget to declare their tools; nobody forgets the rest and still means it.
    if (!declared && capability !== "tools") return [];
    const found: JsonObject[] = [];
    const cursors = new Set<string>();
    for (let page = 1, cursor: string | undefined; page <= limits.listPagesMax; page++) {
      this.onProgress?.(page === 1 ? `reading ${noun}` : `reading ${noun}, page ${page}`);
      const reply = await this.ask(method, cursor === undefined ? {} : { cursor });
      if (reply.kind === "error") {
        if (page === 1 && (reply.error.code === -32601 || !declared)) return [];
        throw failure("bad_answer", true, `the server refused to list its ${noun} (error ${reply.error.code})`);
      }
      const items = reply.result[key];
      if (!Array.isArray(items)) throw failure("bad_answer", true, `the server's list of ${noun} is not a list`);
      this.count(items.length, reply.result.nextCursor !== undefined);
      found.push(...items.filter(isObject));
      this.keepTexts(items, rawMember(reply.raw, key) ?? "");
      cursor = typeof reply.result.nextCursor === "string" ? reply.result.nextCursor : undefined;
      if (cursor === undefined) return found;
      if (cursors.has(cursor)) throw failure("bad_answer", true, `the server's list of ${noun} goes round in circles`);
      cursors.add(cursor);
    }
    throw failure("too_many", true, `the server's list of ${noun} has more than ${limits.listPagesMax} pages`);
  }

  private keepTexts(items: readonly unknown[], text: string): void {
    const bounds = rawElements(text) ?? [];
    for (const [i, item] of items.entries()) {
      const at = bounds[i];
      if (isObject(item) && at) this.written.set(item, text.slice(at.start, at.end));
    }
  }

  private count(items: number, more: boolean): void {
    this.total += items;
    if (this.total <= limits.capabilitiesPerServerMax) return;
    const total = `${more ? "more than " : ""}${this.total.toLocaleString("en-US")}`;
    throw failure("too_many", true, `the server offers ${total} capabilities; at most ${limits.capabilitiesPerServerMax.toLocaleString("en-US")} are taken`);
  }
}
