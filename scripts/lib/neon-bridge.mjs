import { createConnection } from "node:net";
import { createWebSocketStream, WebSocketServer } from "ws";

/** Lets Neon's WebSocket driver reach an ordinary PostgreSQL: one socket in, one socket out, bytes copied both ways. */
export function bridge(postgresPort) {
  return new Promise((resolve) => {
    const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 }, () =>
      resolve({ proxy: `127.0.0.1:${sockets.address().port}/v1`, close: () => sockets.close() }),
    );
    sockets.on("connection", (socket) => {
      const client = createWebSocketStream(socket);
      const server = createConnection({ host: "127.0.0.1", port: postgresPort });
      client.pipe(server).pipe(client);
      for (const stream of [client, server]) {
        stream.on("error", () => {
          client.destroy();
          server.destroy();
        });
      }
    });
  });
}
