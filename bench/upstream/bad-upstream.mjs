// MCP servers that behave badly, on one port of loopback: `/hang` never answers a call, `/reset` breaks the connection off, `/drip`
// sends a byte of comment now and then, `/slow` answers after two seconds. Their handshakes are fine.
import { createServer } from "node:http";
import { answer } from "../lib/part.mjs";

const server = createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const { id, method } = req.method === "POST" ? JSON.parse(Buffer.concat(chunks)) : {};
    if (id === undefined) return res.writeHead(req.method === "POST" ? 202 : 405, { "content-length": 0 }).end();
    if (method === "initialize") {
      return reply(res, id, { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "bad", version: "1" } });
    }
    if (req.url === "/reset") return req.socket.destroy();
    if (req.url === "/slow") return setTimeout(() => reply(res, id, { content: [{ type: "text", text: "at last" }] }), 2_000);
    if (req.url !== "/drip") return;
    res.writeHead(200, { "content-type": "text/event-stream" });
    const drip = setInterval(() => res.write(":\n"), 200);
    res.on("close", () => clearInterval(drip));
  });
});

const reply = (res, id, result) => res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ jsonrpc: "2.0", id, result }));

answer(() => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port }))));
