import type { IncomingMessage, ServerResponse } from "node:http";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import type { McpServer } from "@modelcontextprotocol/server";
import { featureServer, type World } from "./feature-server";

type Open = { transport: SSEServerTransport; server: McpServer };

/** The transport of 2024-11-05: a GET opens the stream of a session, to which its messages are posted. */
export function oldSseSessions(world: World) {
  const open = new Map<string, Open>();
  const each = (tell: (server: McpServer) => void) => {
    for (const { server } of open.values()) tell(server);
  };
  return {
    async answer(req: IncomingMessage, body: Buffer, res: ServerResponse): Promise<void> {
      const url = new URL(req.url ?? "", "http://127.0.0.1");
      if (req.method === "GET" && url.pathname === "/sse") {
        const transport = new SSEServerTransport("/messages", res);
        const server = featureServer(world);
        open.set(transport.sessionId, { transport, server });
        res.once("close", () => void open.delete(transport.sessionId));
        return server.connect(transport);
      }
      if (req.method !== "POST" || url.pathname !== "/messages") return void res.writeHead(405).end();
      const session = open.get(url.searchParams.get("sessionId") ?? "");
      if (!session) return void res.writeHead(404).end();
      await session.transport.handlePostMessage(req, res, JSON.parse(body.toString()));
    },
    updated: (uri: string) => each(({ server }) => void server.sendResourceUpdated({ uri }).catch(() => {})),
    toolsChanged: () => each((server) => server.sendToolListChanged()),
    close: () => Promise.all([...open.values()].map(({ server }) => server.close())).then(() => {}),
  };
}
