import { connect, type Socket } from "node:net";

/** What came back until the end, as far as it is worth keeping: `closed` by the other side, `left` by us. */
export type Heard = { text: string; bytes: number; isWhole: boolean; end: "closed" | "left" };
type How = { stayMs?: number; readsAfterMs?: number; reset?: boolean };

const heardMax = 4_096;

/** The way in for whoever does not behave: a bare connection for each request. */
export class RawDoor {
  private readonly open = new Set<Socket>();

  constructor(
    private readonly port: number,
    readonly path: string,
  ) {}

  /** Each says that its connection ends with it; what is undefined is left out. */
  head(line: string, headers: Record<string, string | undefined>): string {
    const all = { host: `localhost:${this.port}`, connection: "close", ...headers };
    const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
    return `${line}\r\n${lines.join("")}\r\n`;
  }

  /** Sends this, and listens, at once or only later, until the other side closes the connection or it is time to go. */
  say(sent: string | Buffer, { stayMs = 30_000, readsAfterMs, reset = false }: How = {}): Promise<Heard> {
    return new Promise((resolve) => {
      let [text, tail, bytes] = ["", "", 0];
      const socket = connect(this.port, "127.0.0.1", () => socket.write(sent));
      this.open.add(socket);
      const done = (end: Heard["end"]) => {
        for (const timer of timers) clearTimeout(timer);
        this.open.delete(socket);
        if (reset) socket.resetAndDestroy();
        else socket.destroy();
        resolve({ text, bytes, isWhole: tail.endsWith("\r\n0\r\n\r\n"), end });
      };
      const timers = [setTimeout(() => done("left"), stayMs)];
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (text.length < heardMax) text += chunk.toString("latin1");
        tail = (tail + chunk.subarray(-16).toString("latin1")).slice(-16);
      });
      if (readsAfterMs !== undefined) {
        socket.pause();
        timers.push(setTimeout(() => socket.resume(), readsAfterMs));
      }
      socket.on("error", () => done("closed"));
      socket.on("close", () => done("closed"));
    });
  }

  leave(): void {
    for (const socket of this.open) socket.destroy();
  }
}

export const statusOf = ({ text }: Heard) => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
