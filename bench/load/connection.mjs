import { connect } from "node:net";
import { ChunkedBody, SizedBody } from "./body.mjs";

const open = new Set();
const timeoutMs = 30_000;
// One look a second at all of them, instead of a timer for each request.
setInterval(() => {
  const late = performance.now() - timeoutMs;
  for (const connection of open) if (connection.since < late) connection.fail(new Error("timeout"));
}, 1_000).unref();

/** A kept-alive HTTP/1.1 connection on a plain socket, one request at a time: the cheapest client that reads every answer whole. */
export class Connection {
  socket = null;
  waiting = null;
  head = null;
  body = null;
  since = Number.POSITIVE_INFINITY;

  constructor(port) {
    this.port = port;
  }

  get isFree() {
    return this.waiting === null;
  }

  /** The whole request as text in; status, head and body out. With `onPart` the parts of a chunked body go there as they arrive. */
  send(text, onPart) {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.onPart = onPart;
      this.since = onPart ? Number.POSITIVE_INFINITY : performance.now();
      this.connected().write(text, "latin1");
    });
  }

  opened() {
    return new Promise((resolve, reject) => this.connected().once("connect", resolve).once("error", reject));
  }

  close() {
    this.socket?.destroy();
  }

  connected() {
    if (this.socket) return this.socket;
    const socket = connect(this.port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.receive(bytes));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("closed")));
    this.socket = socket;
    open.add(this);
    return socket;
  }

  receive(bytes) {
    if (this.body) return this.receiveBody(bytes);
    const all = this.rest ? Buffer.concat([this.rest, bytes]) : bytes;
    const end = all.indexOf("\r\n\r\n");
    if (end < 0) {
      this.rest = all;
      return;
    }
    this.rest = null;
    this.head = all.latin1Slice(0, end);
    const lower = this.head.toLowerCase();
    const length = /\r\ncontent-length: *(\d+)/.exec(lower);
    this.body = length || !lower.includes("\r\ntransfer-encoding: chunked") ? new SizedBody(Number(length?.[1] ?? 0)) : new ChunkedBody(this.onPart);
    if (this.onPart) this.onHead?.(Number(this.head.slice(9, 12)));
    this.receiveBody(all.subarray(end + 4));
  }

  receiveBody(bytes) {
    if (!this.body.push(bytes)) return;
    const { head, body } = this;
    const { resolve } = this.waiting ?? {};
    this.reset();
    // The server says that it closes, so the next request needs a connection of its own.
    if (/\r\nconnection: *close/i.test(head)) this.drop();
    resolve?.({ status: Number(head.slice(9, 12)), head, body: body.parts.length === 1 ? body.parts[0] : Buffer.concat(body.parts) });
  }

  fail(error) {
    const { reject } = this.waiting ?? {};
    this.reset();
    this.drop();
    reject?.(error);
  }

  reset() {
    this.waiting = null;
    this.head = null;
    this.body = null;
    this.rest = null;
    this.since = Number.POSITIVE_INFINITY;
  }

  drop() {
    const { socket } = this;
    this.socket = null;
    open.delete(this);
    socket?.removeAllListeners("close");
    socket?.on("error", () => {});
    socket?.destroy();
  }
}

/** A header of an answer, whatever the case of its name. */
export const headerOf = (head, name) => new RegExp(`\\r\\n${name}: *([^\\r\\n]*)`, "i").exec(head)?.[1];
