import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Posted = { headers: IncomingHttpHeaders; body: string };

/** Somebody's webhook on loopback: it answers with a status, hangs, or is not there at all. */
export async function startWebhook() {
  const posted: Posted[] = [];
  let server: Server;
  const webhook = {
    posted,
    url: "",
    answers: 200 as number | "hangs",
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    async start() {
      server = createServer(async (request, response) => {
        posted.push({ headers: request.headers, body: await text(request) });
        // Not kept alive: one that has gone away must not be met on an old connection.
        const more = webhook.answers === 302 ? { location: "/elsewhere" } : {};
        if (webhook.answers !== "hangs") response.writeHead(webhook.answers, { connection: "close", ...more }).end("thank you");
      });
      const port = webhook.url ? Number(new URL(webhook.url).port) : 0;
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      webhook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    },
  };
  await webhook.start();
  return webhook;
}
