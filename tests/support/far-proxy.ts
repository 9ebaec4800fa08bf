import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A database at a distance: every byte is so long under way, and what is under way when its sender ends arrives nowhere. */
export async function farProxy(databaseUrl: string, ms: number): Promise<{ url: string; close(): void }> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const carry = (from: Socket, to: Socket) => {
    let isGone = false;
    from.on("data", (bytes) => setTimeout(() => void (isGone || to.write(bytes)), ms));
    from
      .on("error", () => {})
      .on("end", () => {
        isGone = true;
      });
    from.on("close", () => {
      isGone = true;
      sockets.delete(from);
      to.destroy();
    });
    sockets.add(from);
  };
  const server = createServer((client) => {
    const database = connect(Number(target.port), target.hostname);
    carry(client, database);
    carry(database, client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
