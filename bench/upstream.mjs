// A fast MCP server on loopback: what every lane is compared with. Prints its port.
import { createServer } from "node:http";

const server = createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    const { id, method, params } = JSON.parse(Buffer.concat(chunks));
    if (id === undefined) return res.writeHead(202, { "content-length": 0 }).end();
    const result =
      method === "initialize"
        ? { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "bench", version: "1" } }
        : { content: [{ type: "text", text: String(params?.arguments?.message ?? "") }] };
    const body = JSON.stringify({ jsonrpc: "2.0", id, result });
    res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
