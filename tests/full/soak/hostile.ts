import { randomBytes } from "node:crypto";
import type { JsonObject } from "@/drizzle/schema/servers";
import { bodyOf, type Era, eras, type Person, Wrong } from "./client";
import { type Heard, type RawDoor, statusOf } from "./raw";
import type { Random } from "./traffic";
import { bad, healthy } from "./upstreams";

export type Scene = { random: Random; raw: RawDoor; person: Person; abandoner: Person; victim(): Person; pages: readonly string[]; cookie: string };
export type Action = { name: string; weight: number; run(scene: Scene): Promise<unknown> };

/** Whatever is sent: it is refused in the way that is promised, and never a fault of ours. */
export const hostileActions: Action[] = [
  { name: "no token", weight: 4, run: (scene) => post(scene, "ping", { headers: { authorization: undefined } }, 401) },
  { name: "bad token", weight: 4, run: (scene) => post(scene, "ping", { headers: { authorization: scene.random.of(badTokens()) } }, 401) },
  { name: "broken JSON", weight: 4, run: (scene) => post(scene, "ping", { body: scene.random.of(brokenBodies) }, 400) },
  { name: "deep JSON", weight: 2, run: (scene) => post(scene, "tools/list", { params: { x: deep } }, 400) },
  { name: "many elements", weight: 1, run: (scene) => post(scene, "tools/list", { params: { x: Array(11_000).fill(0) } }, 400) },
  { name: "huge body", weight: 1, run: (scene) => post(scene, "tools/list", { body: huge, mayBreak: true }, 413) },
  { name: "a claimed length", weight: 1, run: (scene) => post(scene, "tools/list", { headers: { "content-length": "50000000" } }, 413) },
  { name: "unknown tool", weight: 4, run: unknownTool },
  { name: "odd method", weight: 2, run: (scene) => raw(scene, `${scene.random.of(["PUT", "PATCH", "TRACE"])} ${scene.raw.path} HTTP/1.1`, {}, 405) },
  { name: "another host", weight: 1, run: (scene) => raw(scene, `POST ${scene.raw.path} HTTP/1.1`, { host: "evil.test" }, 403, 421) },
  {
    name: "odd path",
    weight: 2,
    run: (scene) => raw(scene, `GET ${scene.random.of(oddPaths)} HTTP/1.1`, { authorization: undefined }, 307, 308, 400, 401, 404),
  },
  { name: "odd form", weight: 1, run: oddForm },
  { name: "large headers", weight: 1, run: (scene) => raw(scene, `POST ${scene.raw.path} HTTP/1.1`, { "x-large": "y".repeat(20_000) }, 431) },
  { name: "no HTTP", weight: 2, run: noHttp },
  { name: "WebSocket", weight: 2, run: webSocket },
  { name: "foreign session", weight: 3, run: foreignSession },
  { name: "half a request", weight: 3, run: halfARequest },
  { name: "dropped connection", weight: 3, run: droppedConnection },
  { name: "silent connections", weight: 0.3, run: silentConnections },
  { name: "hang-up in a call", weight: 4, run: hangUp },
  { name: "hang-up in a page", weight: 2, run: hangUpInPage },
  { name: "abandoned session", weight: 3, run: abandonedSession },
  { name: "abandoned stream", weight: 1, run: abandonedStream },
  { name: "flood", weight: 0.5, run: flood },
  { name: "slow reader", weight: 1, run: slowReader },
  { name: "bad server", weight: 20, run: badServer },
];

type Sent = { headers?: Record<string, string | undefined>; params?: JsonObject; name?: string; body?: string; mayBreak?: boolean };

async function post({ random, raw, person }: Scene, method: string, { headers, params, name, body, mayBreak }: Sent, ...allowed: number[]): Promise<Heard> {
  const era = random.of(eras);
  const text = body ?? bodyOf(era, 1, { method, params });
  const all = { ...person.headers(era, { method, name }), "content-length": String(Buffer.byteLength(text)), ...headers };
  const heard = await raw.say(raw.head(`POST ${raw.path} HTTP/1.1`, all) + text);
  if (mayBreak && heard.text === "") return heard;
  return judged(`${method}`, heard, allowed);
}

async function raw(scene: Scene, line: string, headers: Record<string, string | undefined>, ...allowed: number[]): Promise<void> {
  const own = { ...scene.person.headers("2025-11-25", { method: "" }), "content-length": "0", ...headers };
  judged(line.slice(0, 80), await scene.raw.say(scene.raw.head(line, own)), allowed);
}

function judged(what: string, heard: Heard, allowed: readonly number[]): Heard {
  if (!allowed.includes(statusOf(heard))) throw new Wrong(`${what}: ${heard.text.slice(0, 300) || `nothing, ${heard.end}`}`);
  return heard;
}

async function unknownTool(scene: Scene): Promise<void> {
  const name = scene.random.of(["nothing", "__proto__", "x".repeat(5_000), "old-echo "]);
  const heard = await post(scene, "tools/call", { params: { name, arguments: {} }, name }, 200, 400);
  if (!heard.text.includes('"error":{')) throw new Wrong(`an unknown tool: ${heard.text.slice(0, 300)}`);
}

async function oddForm(scene: Scene): Promise<void> {
  const [path, body] = scene.random.of([
    ["/oauth/token", "grant_type=authorization_code&code=nothing"],
    ["/oauth/token", "%%%"],
    ["/oauth/revoke", "token=%00"],
    ["/sign-in", "email=x&password=y"],
  ] as const);
  const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": String(body.length), authorization: undefined };
  const heard = await scene.raw.say(scene.raw.head(`POST ${path} HTTP/1.1`, headers) + body);
  if (!(statusOf(heard) > 0 && statusOf(heard) < 500)) throw new Wrong(`POST ${path} ${body}: ${heard.text.slice(0, 300)}`);
}

async function noHttp({ random, raw: door }: Scene): Promise<void> {
  const heard = await door.say(
    random.of([
      Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]),
      randomBytes(200),
      "HELO\r\n\r\n",
      "CONNECT evil.test:443 HTTP/1.1\r\nhost: evil.test\r\n\r\n",
    ]),
  );
  if (heard.end !== "closed" || statusOf(heard) >= 500) throw new Wrong(`what is no HTTP: ${heard.end} ${heard.text.slice(0, 100)}`);
}

async function webSocket({ random, raw: door, person }: Scene): Promise<void> {
  const headers = { connection: "upgrade", upgrade: "websocket", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==", "sec-websocket-version": "13" };
  const line = `GET ${random.of([door.path, "/", "/_next/webpack-hmr"])} HTTP/1.1`;
  judged(line, await door.say(door.head(line, { authorization: `Bearer ${person.token}`, ...headers })), [426]);
}

/** Its owner goes on with it, which the healthy part sees. */
async function foreignSession({ random, raw: door, person, victim }: Scene): Promise<void> {
  const { session } = victim();
  if (session === null) return;
  const method = random.of(["POST", "GET", "DELETE"] as const);
  const body = method === "POST" ? bodyOf("2025-11-25", 1, { method: "tools/list" }) : "";
  const headers = { ...person.headers("2025-11-25", { method: "", session }), "content-length": String(body.length) };
  judged(`${method} in a session of another`, await door.say(door.head(`${method} ${door.path} HTTP/1.1`, headers) + body), [404]);
}

/** Head or body never end; most leave soon, some stay until they are shown out. */
async function halfARequest({ random, raw: door, person }: Scene): Promise<void> {
  const whole = door.head(`POST ${door.path} HTTP/1.1`, { ...person.headers("2025-11-25", { method: "" }), "content-length": "5000" });
  const sent = random.of([whole.slice(0, 60), whole.slice(0, -2), `${whole}{"jsonrpc":`]);
  const stays = random.chance(0.2);
  const heard = await door.say(sent, { stayMs: stays ? 50_000 : random.between(10, 1_500) });
  if (stays && heard.end !== "closed") throw new Wrong(`half a request was waited for longer than 50 s: ${JSON.stringify(sent.slice(-40))}`);
  if (statusOf(heard) >= 500) throw new Wrong(`half a request: ${heard.text.slice(0, 200)}`);
}

async function droppedConnection({ random, raw: door, person }: Scene): Promise<void> {
  const era = random.of(eras);
  await door.say(request(door, person, era, random.of(["tools/list", "ping", "prompts/list"])), { stayMs: random.of([0, 0, 1, 5]), reset: random.chance(0.5) });
}

async function silentConnections({ random, raw: door }: Scene): Promise<void> {
  await Promise.all(Array.from({ length: 30 }, () => door.say("", { stayMs: random.between(500, 3_000) })));
}

async function hangUp({ random, raw: door, person }: Scene): Promise<void> {
  const era = random.of(eras);
  const name = `${random.of(healthy)}-slow`;
  const heard = await door.say(request(door, person, era, "tools/call", { name, arguments: {} }), {
    stayMs: random.between(5, 800),
    reset: random.chance(0.3),
  });
  if (heard.text !== "" && statusOf(heard) >= 500) throw new Wrong(`${name}: ${heard.text.slice(0, 200)}`);
}

async function hangUpInPage({ random, raw: door, pages, cookie }: Scene): Promise<void> {
  const headers = { accept: "text/html", "accept-encoding": "gzip", cookie };
  await door.say(door.head(`GET ${random.of(pages)} HTTP/1.1`, headers), { stayMs: random.between(1, 60), reset: random.chance(0.5) });
}

/** Half of them after a call, for which a server keeps a session, too. */
async function abandonedSession({ random, abandoner }: Scene): Promise<void> {
  const session = await abandoner.begin();
  if (random.chance(0.5)) await abandoner.ask("2025-11-25", { method: "tools/call", name: "old-echo", params: { name: "old-echo", arguments: {} }, session });
}

/** 6 MB of events, read to the end, in a session that may come back for them. */
async function flood({ random, person }: Scene): Promise<void> {
  const name = `${random.of(healthy)}-flood`;
  const params = { name, arguments: {}, _meta: { progressToken: "p" } };
  const answer = await person.ask("2025-11-25", { method: "tools/call", name, params, session: person.session });
  if (answer.status !== 429 && answer.messages.length !== 101) throw new Wrong(`${name}: ${answer.messages.length} messages, ${answer.text.slice(-200)}`);
}

async function abandonedStream({ random, raw: door, abandoner }: Scene): Promise<void> {
  const session = await abandoner.begin();
  const headers = { ...abandoner.headers("2025-11-25", { method: "", session }), accept: "text/event-stream" };
  const heard = await door.say(door.head(`GET ${door.path} HTTP/1.1`, headers), { stayMs: random.between(100, 4_000), reset: random.chance(0.5) });
  if (![0, 200].includes(statusOf(heard))) throw new Wrong(`a stream: ${heard.text.slice(0, 200)}`);
}

/** Asks for much and reads nothing of it. Most leave by themselves; who stays is shown out after a minute without a byte taken. */
async function slowReader({ random, raw: door, person }: Scene): Promise<void> {
  const era = random.of(eras);
  const name = random.of(["huge", `${random.of(healthy)}-flood`]);
  const stays = random.chance(0.15);
  const sent = request(door, person, era, "tools/call", { name, arguments: {}, _meta: { progressToken: "p" } });
  const heard = await door.say(sent, { stayMs: stays ? 110_000 : random.between(1_000, 15_000), readsAfterMs: stays ? 100_000 : 60_000 });
  if (heard.bytes > 4_000_000 && heard.isWhole)
    throw new Wrong(`a reader of ${name} (${era}) that took nothing for 100 s got all ${heard.bytes} bytes afterwards`);
}

async function badServer({ random, person }: Scene): Promise<void> {
  const name = random.of(bad);
  try {
    const answer = await person.ask(random.of(eras), { method: "tools/call", name, params: { name, arguments: {} } });
    const { result, error } = answer.messages.at(-1) ?? {};
    if (answer.status === 429 || (answer.status === 200 && (result !== undefined || error !== undefined))) return;
    throw new Wrong(`${name}: HTTP ${answer.status} ${answer.text.slice(0, 300)}`);
  } catch (error) {
    // What turns out to be too large while it is passed on is cut off, so that nobody takes it for the whole.
    if (name !== "huge" || (error as { code?: unknown }).code !== "UND_ERR_SOCKET") throw error;
  }
}

let last = 0;
/** An old client's within its session as often as without. */
function request(door: RawDoor, person: Person, era: Era, method: string, params: JsonObject = {}): string {
  const name = typeof params.name === "string" ? params.name : undefined;
  const session = era === "2025-11-25" && ++last % 2 === 0 ? person.session : null;
  const body = bodyOf(era, last, { method, params });
  return (
    door.head(`POST ${door.path} HTTP/1.1`, { ...person.headers(era, { method, name, session }), "content-length": String(Buffer.byteLength(body)) }) + body
  );
}

const badTokens = () => ["Bearer", "Bearer x y", `Bearer gha_${randomBytes(24).toString("base64url")}`, "Basic YTpi", `Bearer ${"x".repeat(4_000)}`];
const brokenBodies = [
  "{",
  "",
  "null",
  "[]",
  '{"jsonrpc":"1.0"}',
  "\u0000",
  '{"jsonrpc":"2.0","id":1,"method":7}',
  '[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
];
const oddPaths = [
  "/mcp/%2e%2e/%2e%2e/etc/passwd",
  "/mcp/nobody/nothing",
  "/nothing",
  "/admin",
  "/admin/nobody",
  "//mcp//x",
  "/_next/static/nothing.js",
  "/mcp/a/b/c",
];
const deep = JSON.parse("[".repeat(200) + "]".repeat(200)) as unknown;
const huge = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { x: "y".repeat(3_000_000) } });
