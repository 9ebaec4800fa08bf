import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "@/drizzle/schema/servers";

export type RawRequest = { method: string; params: JsonObject };
export type RawLists = { tools?: string[]; prompts?: string[]; resources?: string[]; templates?: string[] };
/** Members of a result, as text: what this hop's envelope does not touch, and the entries of `_meta`. */
export type RawResult = { members: string[]; meta?: string };
export type RawError = { error: string };

export type RawUpstream = { url: string; asked: RawRequest[]; close(): Promise<void> };
type Options = { era: "legacy" | "modern"; lists: RawLists; answer(request: RawRequest): RawResult | RawError; instructions?: string };

const versionKey = "io.modelcontextprotocol/protocolVersion";
const serverInfo = '"io.modelcontextprotocol/serverInfo":{"name":"raw","version":"1.0","x-info":1.0}';

/** An MCP server whose every byte the test decides: definitions and results are texts, and nothing is serialised on the way out. */
export async function startRawUpstream(options: Options): Promise<RawUpstream> {
  const asked: RawRequest[] = [];
  const server = createServer((req, res) => {
    void receive(req).then((body) => {
      if (body === null) return void res.writeHead(405, { allow: "POST" }).end();
      if (typeof body.id === "undefined") return void res.writeHead(202).end();
      const request = { method: String(body.method), params: (body.params ?? {}) as JsonObject };
      asked.push(request);
      reply(res, JSON.stringify(body.id), answerTo(options, request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The text of a result as a server of that era writes it. */
export function rawResultText({ members, meta }: RawResult, era: Options["era"]): string {
  const entries = [meta, era === "modern" ? serverInfo : undefined].filter((part) => part !== undefined).join(",");
  return `{${[...(era === "modern" ? ['"resultType":"complete"'] : []), ...members, ...(entries ? [`"_meta":{${entries}}`] : [])].join(",")}}`;
}

async function receive(req: IncomingMessage): Promise<JsonObject | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return req.method === "POST" ? (JSON.parse(Buffer.concat(chunks).toString()) as JsonObject) : null;
}

type Outcome = { status: number; text: string };

function answerTo(options: Options, request: RawRequest): Outcome {
  const { era, instructions } = options;
  const isModern = (request.params._meta as JsonObject | undefined)?.[versionKey] !== undefined;
  if (isModern && era === "legacy") return { status: 200, text: '"error":{"code":-32601,"message":"Method not found"}' };
  if (!isModern && era === "modern") return { status: 400, text: '"error":{"code":-32022,"message":"unsupported","data":{"supported":["2026-07-28"]}}' };
  const about = `"capabilities":{"tools":{"x-tools":1.0},"prompts":{},"resources":{"subscribe":true},"completions":{},"x-capability":{"deep":[1e3]}}${
    instructions === undefined ? "" : `,"instructions":${JSON.stringify(instructions)}`
  }`;
  const result = (members: string[]) => ({ status: 200, text: `"result":${rawResultText({ members }, era)}` });
  switch (request.method) {
    case "initialize":
      return result(['"protocolVersion":"2025-11-25"', about, '"serverInfo":{"name":"raw","version":"1.0"}']);
    case "server/discover":
      return result(['"supportedVersions":["2026-07-28"]', about, '"ttlMs":0', '"cacheScope":"private"']);
    case "tools/list":
      return result([`"tools" : [ ${(options.lists.tools ?? []).join(" , ")} ]`, '"x-list":1.0']);
    case "prompts/list":
      return result([`"prompts":[${(options.lists.prompts ?? []).join()}]`]);
    case "resources/list":
      return result([`"resources":[${(options.lists.resources ?? []).join()}]`]);
    case "resources/templates/list":
      return result([`"resourceTemplates":[${(options.lists.templates ?? []).join()}]`]);
  }
  const answered = options.answer(request);
  return { status: 200, text: "error" in answered ? `"error":${answered.error}` : `"result":${rawResultText(answered, era)}` };
}

function reply(res: ServerResponse, id: string, { status, text }: Outcome): void {
  res.writeHead(status, { "content-type": "application/json" }).end(`{"jsonrpc":"2.0","id":${id},${text}}`);
}
