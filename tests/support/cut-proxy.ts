import { connect, createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export type CutProxy = {
  /** The address with the proxy in between. */
  url: string;
  /** `refused`: connections break and none is taken. `silent`: nothing comes through any more, and nobody is told. */
  cut(how: "refused" | "silent"): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
};

/** A TCP proxy before a database, which a test can cut. */
export async function cutProxy(databaseUrl: string): Promise<CutProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isSilent = false;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((client) => {
    const database = track(connect(Number(target.port), target.hostname));
    track(client);
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      from.on("data", (bytes) => {
        if (!isSilent) to.write(bytes);
      });
      from.once("close", () => to.destroy());
    }
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.port = String(port);
  return {
    url: url.href,
    async cut(how) {
      if (how === "refused") await endAll();
      else isSilent = true;
    },
    // What was said into the silence is lost, so those connections are of no use and end now, as they would when a host comes back.
    async restore() {
      if (isSilent) await endAll();
      isSilent = false;
      await listen(port);
    },
    close: endAll,
  };
}
