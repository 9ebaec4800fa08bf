import type { JsonObject } from "@/drizzle/schema/servers";
import { limits } from "@/lib/limits";
import { isObject } from "../frame";
import type { Inspection, UpstreamReply, UpstreamTarget } from "../upstream-types";
import { type Detected, detect } from "./detect";
import { failure, toFailure } from "./failures";
import { closeSession, inSession } from "./legacy";
import { sendModern } from "./modern";
import { openOldSse } from "./old-sse";
import { replyOf } from "./wire";

type Ask = (method: string, params: JsonObject) => Promise<UpstreamReply>;
export type InspectOptions = { signal?: AbortSignal; onProgress?: (text: string) => void };

const listTimeoutMs = 30_000;

/** Everything a server says about itself and offers: its era, and all pages of its lists. Refuses more than the limit, with the count. */
export async function inspectUpstream(given: UpstreamTarget, options: InspectOptions = {}): Promise<Inspection> {
  const target = { ...given, callTimeoutMs: listTimeoutMs };
  try {
    options.onProgress?.("connecting");
    const detected = await detect(target, options.signal);
    return await conversation(target, detected, options.signal, async (ask) => {
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
      };
    });
  } catch (error) {
    throw toFailure(error);
  }
}

async function conversation<T>(target: UpstreamTarget, detected: Detected, signal: AbortSignal | undefined, work: (ask: Ask) => Promise<T>): Promise<T> {
  if (detected.era === "modern") {
    const { protocolVersion } = detected.about;
    return work((method, params) => sendModern({ ...target, protocolVersion }, { method, params, signal, sessionKey: "" }, listTimeoutMs));
  }
  if (detected.transport === "sse") {
    const open = await openOldSse(target, 60_000, { signal });
    return work((method, params) => open.request(method, params)).finally(open.close);
  }
  const { session } = detected;
  return work(async (method, params) => replyOf(await inSession(target, session, { method, params, signal }))).finally(
    () => void closeSession(target, session),
  );
}

/** Reads paged lists, counting over all of them. */
class Lists {
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
      cursor = typeof reply.result.nextCursor === "string" ? reply.result.nextCursor : undefined;
      if (cursor === undefined) return found;
      if (cursors.has(cursor)) throw failure("bad_answer", true, `the server's list of ${noun} goes round in circles`);
      cursors.add(cursor);
    }
    throw failure("too_many", true, `the server's list of ${noun} has more than ${limits.listPagesMax} pages`);
  }

  private count(items: number, more: boolean): void {
    this.total += items;
    if (this.total <= limits.capabilitiesPerServerMax) return;
    const total = `${more ? "more than " : ""}${this.total.toLocaleString("en-US")}`;
    throw failure("too_many", true, `the server offers ${total} capabilities; at most ${limits.capabilitiesPerServerMax.toLocaleString("en-US")} are taken`);
  }
}
