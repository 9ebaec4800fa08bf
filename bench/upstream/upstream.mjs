// A fast MCP server on loopback, the limit that everything is compared with: raw node:http, lists from prebuilt text, nothing checked.
// It listens on as many ports as are asked for, each of which stands for a server of its own; `/tools/N` has N tools.
import { createServer } from "node:http";
import { answer } from "../lib/part.mjs";
import { tools } from "./tools.mjs";

const modern = "2026-07-28";
const lists = new Map();
let calls = 0;

answer(async ({ ports }) => {
  if (ports) return { ports: await Promise.all(Array.from({ length: ports }, listen)) };
  return { calls };
});

function listen() {
  return new Promise((resolve) => {
    const server = createServer(receive);
    server.keepAliveTimeout = 600_000;
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

function receive(req, res) {
  if (req.method !== "POST") return res.writeHead(req.method === "DELETE" ? 200 : 405, { "content-length": 0 }).end();
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => reply(req, res, JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))));
}

function reply(req, res, { id, method, params }) {
  if (id === undefined) return res.writeHead(202, { "content-length": 0 }).end();
  const isModern = req.headers["mcp-protocol-version"] === modern;
  if (method === "tools/call") {
    calls++;
    if (params.name === "progress") return progress(res, id, params);
    return send(res, id, `{"content":[{"type":"text","text":${JSON.stringify(textOf(params))}}]${isModern ? ',"resultType":"complete"' : ""}}`);
  }
  if (method === "tools/list") return send(res, id, `{"tools":${listOf(req.url)}${isModern ? more : ""}}`);
  if (method === "initialize") return send(res, id, JSON.stringify({ protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo }));
  if (method === "server/discover") return send(res, id, `{"supportedVersions":["${modern}","2025-11-25"],"capabilities":{"tools":{}}${more}}`);
  if (method === "ping") return send(res, id, "{}");
  sendText(res, `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":{"code":-32601,"message":"no such method"}}`);
}

const serverInfo = { name: "bench", version: "1" };
const more = ',"resultType":"complete","ttlMs":60000,"cacheScope":"public"';

function textOf({ name, arguments: given = {} }) {
  const text = name === "echo" ? String(given.message ?? "") : `ok ${name}`;
  return given.size > text.length ? text.padEnd(given.size, "x") : text;
}

function listOf(url) {
  let list = lists.get(url);
  if (!list) {
    list = JSON.stringify(tools(Number(/^\/tools\/(\d+)/.exec(url)?.[1] ?? 10)));
    lists.set(url, list);
  }
  return list;
}

/** Events that carry the moment at which they left, on the clock that all processes of the machine share. */
function progress(res, id, { arguments: { message, steps, everyMs }, _meta }) {
  const progressToken = _meta?.progressToken;
  res.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  let step = 0;
  const timer = setInterval(() => {
    if (step++ < steps) {
      const note = { method: "notifications/progress", params: { progressToken, progress: step, total: steps, message: String(process.hrtime.bigint()) } };
      return res.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", ...note })}\n\n`);
    }
    clearInterval(timer);
    res.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text: message }] } })}\n\n`);
  }, everyMs);
  res.on("close", () => clearInterval(timer));
}

const send = (res, id, result) => sendText(res, `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`);

function sendText(res, body) {
  res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  res.end(body);
}
