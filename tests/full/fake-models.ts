import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { JsonObject } from "@/drizzle/schema/servers";

export type Wish = { tool: string; args: JsonObject };

/**
 * What stands for a model that cannot be reached: on any question it wishes for one tool, if it is offered, and repeats what came back. The
 * client decides, calls and reports by itself. Speaks Anthropic's messages and OpenAI's responses.
 */
export async function startFakeModels(wish: Wish) {
  const results: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0];
    const asked = request.method === "POST" ? ((await json(request)) as JsonObject) : {};
    const talk = path === "/v1/messages" ? messages : path === "/v1/responses" ? responses : null;
    if (!talk) return void response.writeHead(404).end("{}");
    const result = talk.resultIn(asked);
    const name = talk.offered(asked, wish.tool);
    if (result !== null) results.push(result);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const events = result === null && name ? talk.call(name, wish.args) : talk.say(result ?? "nothing to do");
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    response.end();
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** What the tool gave, as the client handed it to the model. */
    results,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

type Event = JsonObject & { type: string };
type Talk = {
  resultIn(asked: JsonObject): string | null;
  /** The name under which the client offers the tool. */
  offered(asked: JsonObject, tool: string): { namespace?: string; name: string } | null;
  call(name: { namespace?: string; name: string }, args: JsonObject): Event[];
  say(text: string): Event[];
};

const list = (value: unknown): JsonObject[] => (Array.isArray(value) ? value : []);

const messages: Talk = {
  resultIn(asked) {
    const found = list(asked.messages)
      .flatMap(({ content }) => list(content))
      .find(({ type }) => type === "tool_result");
    return found ? JSON.stringify(found.content) : null;
  },
  offered(asked, tool) {
    const found = list(asked.tools).find(({ name }) => String(name).endsWith(`__${tool}`));
    return found ? { name: String(found.name) } : null;
  },
  call: ({ name }, args) =>
    messageOf({ type: "tool_use", id: "toolu_1", name, input: {} }, { type: "input_json_delta", partial_json: JSON.stringify(args) }, "tool_use"),
  say: (text) => messageOf({ type: "text", text: "" }, { type: "text_delta", text }, "end_turn"),
};

function messageOf(block: JsonObject, delta: JsonObject, stopReason: string): Event[] {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "fake", content: [], stop_reason: null, stop_sequence: null, usage };
  return [
    { type: "message_start", message },
    { type: "content_block_start", index: 0, content_block: block },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
}

const responses: Talk = {
  resultIn(asked) {
    const found = list(asked.input).find(({ type }) => type === "function_call_output");
    return found ? JSON.stringify(found.output) : null;
  },
  offered(asked, tool) {
    for (const { type, name, tools } of list(asked.tools)) {
      if (type === "function" && String(name).endsWith(tool)) return { name: String(name) };
      if (type === "namespace" && list(tools).some((one) => one.name === tool)) return { namespace: String(name), name: tool };
    }
    return null;
  },
  call: (name, args) => responseOf({ type: "function_call", id: "fc_1", call_id: "call_1", status: "completed", ...name, arguments: JSON.stringify(args) }),
  say: (text) =>
    responseOf({ type: "message", id: "msg_1", role: "assistant", status: "completed", content: [{ type: "output_text", text, annotations: [] }] }),
};

function responseOf(item: JsonObject): Event[] {
  const response = { id: "resp_1", object: "response", status: "completed", model: "fake", output: [item] };
  const usage = { input_tokens: 1, input_tokens_details: null, output_tokens: 1, output_tokens_details: null, total_tokens: 2 };
  return [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...response, usage } },
  ];
}
