import { Connection, headerOf } from "./connection.mjs";

export const modern = "2026-07-28";
const meta = `"io.modelcontextprotocol/protocolVersion":"${modern}","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`;
let lastId = 1_000_000; // Ids of one length, so that equal lists have equal bytes but for it.

/** One client at one endpoint: `{ port, host, path, token, era, tools }`. With a session unless the era has none. */
export class Caller {
  session = null;
  busy = new Set();

  /** `idle` are kept connections to the endpoint's port, of this caller alone or of several. */
  constructor(endpoint, idle = []) {
    this.endpoint = endpoint;
    this.idle = idle;
    this.isModern = endpoint.era === modern;
  }

  async open() {
    if (this.isModern || this.endpoint.sessions === false) return;
    const params = `{"protocolVersion":"${this.endpoint.era}","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}`;
    const { body, ...answer } = await this.ask("initialize", params);
    if (answer.status !== 200 || !body.includes('"protocolVersion"')) throw new Error(`initialize: HTTP ${answer.status} ${body.toString("utf8", 0, 300)}`);
    this.session = headerOf(answer.head, "mcp-session-id") ?? null;
    const { status } = await this.post("", '{"jsonrpc":"2.0","method":"notifications/initialized"}');
    if (status !== 202) throw new Error(`initialized: HTTP ${status}`);
  }

  /** What a client of its era does first: a session, or a look at what there is. */
  async greet() {
    if (!this.isModern) return this.open();
    const { status, body } = await this.ask("server/discover", "{}");
    if (status !== 200 || !body.includes('"supportedVersions"')) throw new Error(`server/discover: HTTP ${status}`);
  }

  async close() {
    if (this.session) await this.use((connection) => connection.send(`DELETE ${this.lines("")}content-length: 0\r\n\r\n`)).catch(() => {});
    this.rest();
  }

  /** Opens connections ahead of requests. */
  async connect(count) {
    const opened = Array.from({ length: count }, () => new Connection(this.endpoint.port));
    await Promise.all(opened.map((connection) => connection.opened()));
    this.idle.push(...opened);
  }

  /** Keeps the session and lets its connections go. */
  rest() {
    for (const connection of this.idle.splice(0)) connection.close();
  }

  /** Lets go of everything, answered or not. */
  leave() {
    for (const connection of this.busy) connection.fail(new Error("left"));
    this.rest();
  }

  /** A request with the next id; `name` is of what it is about, which the newer era wants in a header. */
  async ask(method, params, name) {
    const { id, more, body } = this.request(method, params, name);
    return { id, ...(await this.post(more, body)) };
  }

  /** The same where the answer is a stream; its parts go to `onPart` as they arrive. */
  askStream(method, params, name, onPart) {
    const { more, body } = this.request(method, params, name);
    return this.use((connection) => connection.send(`POST ${this.lines(more)}content-length: ${body.length}\r\n\r\n${body}`, onPart));
  }

  request(method, params, name) {
    const id = ++lastId;
    const whole = this.isModern ? enveloped(params) : params;
    const more = this.isModern ? `mcp-method: ${method}\r\n${name ? `mcp-name: ${name}\r\n` : ""}` : "";
    return { id, more, body: `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${whole}}` };
  }

  post(more, body) {
    const text = `POST ${this.lines(more)}content-length: ${body.length}\r\n\r\n${body}`;
    return this.use((connection) => connection.send(text));
  }

  /** Opens a stream and leaves it open; resolves with its status. */
  stream(onPart = () => {}) {
    const connection = new Connection(this.endpoint.port);
    const opened = new Promise((resolve, reject) => {
      connection.onHead = resolve;
      connection.send(`GET ${this.lines("").replace("application/json, ", "")}\r\n`, onPart).then(({ status }) => resolve(status), reject);
    });
    return { connection, opened };
  }

  // Built once for each session and kind of request: text is what a load generator spends its time on.
  lines(more) {
    const { host, path, token, era } = this.endpoint;
    this.built ??= new Map();
    const key = `${this.session} ${more}`;
    let lines = this.built.get(key);
    if (!lines) {
      lines = `${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\nmcp-protocol-version: ${era}\r\n${
        token ? `authorization: Bearer ${token}\r\n` : ""
      }${this.session ? `mcp-session-id: ${this.session}\r\n` : ""}${more}`;
      this.built.set(key, lines);
    }
    return lines;
  }

  async use(work) {
    const connection = this.idle.pop() ?? new Connection(this.endpoint.port);
    this.busy.add(connection);
    try {
      return await work(connection);
    } finally {
      this.busy.delete(connection);
      this.idle.push(connection);
    }
  }
}

/** What the newer era says with every request, in parameters that may have something of the kind already. */
function enveloped(params) {
  if (params === "{}") return `{"_meta":{${meta}}}`;
  return params.includes('"_meta":{') ? params.replace('"_meta":{', `"_meta":{${meta},`) : `${params.slice(0, -1)},"_meta":{${meta}}}`;
}
