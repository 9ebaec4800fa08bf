import { setTimeout as pause } from "node:timers/promises";
import type { JsonObject } from "@/drizzle/schema/servers";
import { type Answer, type Era, eras, type Person, Wrong, wrong } from "./client";
import type { Random } from "./traffic";
import { bad, bigBytes, healthy, promptOf, readmeOf, steps, toolsOf } from "./upstreams";

export type Scene = { random: Random; person(): Person; pages: readonly string[]; cookie: string };
export type Action = { name: string; weight: number; run(scene: Scene): Promise<void> };

const salt = Math.random().toString(36).slice(2, 8);
let last = 0;
const aMessage = () => `m-${salt}-${++last}`;

/** What people and their clients do, each with the one answer that is right. */
export const healthyActions: Action[] = [
  { name: "call", weight: 50, run: (scene) => call(scene, "echo", (message) => message) },
  { name: "call 64 KiB", weight: 5, run: (scene) => call(scene, "big", (message) => message.padEnd(bigBytes, "x")) },
  { name: "list", weight: 12, run: list },
  { name: "prompt", weight: 5, run: prompt },
  { name: "resource", weight: 5, run: resource },
  { name: "progress", weight: 3, run: progress },
  { name: "session", weight: 5, run: session },
  { name: "stream", weight: 2, run: stream },
  { name: "subscription", weight: 1, run: subscription },
  { name: "page", weight: 1.5, run: page },
  { name: "sign-in page", weight: 0.5, run: signInPage },
];

/** Of either era; an old client mostly within its session. */
async function client({ random, person }: Scene): Promise<{ who: Person; era: Era; session: string | null; slug: string }> {
  const [who, era, slug] = [person(), random.of(eras), random.of(healthy)];
  if (era === "2026-07-28" || random.chance(0.2)) return { who, era, session: null, slug };
  return { who, era, session: who.session, slug };
}

async function call(scene: Scene, tool: string, textOf: (message: string) => string): Promise<void> {
  const { who, era, session, slug } = await client(scene);
  const [name, message] = [`${slug}-${tool}`, aMessage()];
  const answer = await who.ask(era, { method: "tools/call", name, params: { name, arguments: { message } }, session });
  const [content] = (resultOf(name, answer).content ?? []) as { text?: string }[];
  if (content?.text !== textOf(message)) throw wrong(`${name} ${message}`, answer);
}

async function list(scene: Scene): Promise<void> {
  const { who, era, session } = await client(scene);
  const kind = scene.random.of(["tools", "prompts", "resources"] as const);
  const answer = await who.ask(era, { method: `${kind}/list`, session });
  const listed = ((resultOf(`${kind}/list`, answer)[kind] ?? []) as { name: string }[]).map(({ name }) => name).filter((name) => !name.includes("-spare-"));
  const expected = { tools: [...healthy.flatMap(toolsOf), ...bad], prompts: healthy.map(promptOf), resources: healthy.map(readmeOf) }[kind];
  if (listed.sort().join() !== expected.sort().join()) throw wrong(`${kind}/list`, answer);
}

async function prompt(scene: Scene): Promise<void> {
  const { who, era, session, slug } = await client(scene);
  const [name, message] = [promptOf(slug), aMessage()];
  const answer = await who.ask(era, { method: "prompts/get", name, params: { name, arguments: { message } }, session });
  if (!JSON.stringify(resultOf(name, answer).messages ?? "").includes(message)) throw wrong(name, answer);
}

async function resource(scene: Scene): Promise<void> {
  const { who, era, session, slug } = await client(scene);
  const uri = readmeOf(slug);
  const answer = await who.ask(era, { method: "resources/read", name: uri, params: { uri }, session });
  if (!JSON.stringify(resultOf(uri, answer).contents ?? "").includes(`content of ${uri}`)) throw wrong(uri, answer);
}

async function progress(scene: Scene): Promise<void> {
  const { who, era, session, slug } = await client(scene);
  const [name, message] = [`${slug}-steps`, aMessage()];
  const answer = await who.ask(era, {
    ...{ method: "tools/call", name, session },
    params: { name, arguments: { message }, _meta: { progressToken: message } },
  });
  const said = answer.messages.filter(({ method, params }) => method === "notifications/progress" && (params as JsonObject).progressToken === message);
  if (said.length !== steps || !JSON.stringify(resultOf(name, answer)).includes(message)) throw wrong(`${name} with ${said.length} steps`, answer);
}

/** A session from its beginning to its end. */
async function session({ random, person }: Scene): Promise<void> {
  const who = person();
  const begun = await who.begin();
  const [name, message] = [`${random.of(healthy)}-echo`, aMessage()];
  const answer = await who.ask("2025-11-25", { method: "tools/call", name, params: { name, arguments: { message } }, session: begun });
  if (!JSON.stringify(resultOf(name, answer)).includes(message)) throw wrong(name, answer);
  await who.end(begun);
  const gone = await who.ask("2025-11-25", { method: "ping", session: begun });
  if (gone.status !== 404) throw wrong("a session that has ended", gone);
}

/** The stream of a session, open for a while. */
async function stream({ random, person }: Scene): Promise<void> {
  const who = person();
  const begun = await who.begin();
  const headers = { ...who.headers("2025-11-25", { method: "", session: begun }), accept: "text/event-stream" };
  await held(random, (signal) => who.door.send(who.door.path, { method: "GET", headers, signal }));
  await who.end(begun);
}

async function subscription({ random, person }: Scene): Promise<void> {
  const who = person();
  const params = { notifications: { toolsListChanged: true } };
  await held(random, (signal) => who.ask("2026-07-28", { method: "subscriptions/listen", params, signal }));
}

/** Nothing but our leaving ends it. */
async function held(random: Random, open: (signal: AbortSignal) => Promise<Answer>): Promise<void> {
  const leaving = new AbortController();
  const ended = open(leaving.signal).then(
    (answer) => wrong("a stream that should stay open", answer),
    (error: unknown) => (leaving.signal.aborted ? null : error),
  );
  const early = await Promise.race([ended, pause(random.between(300, 6_000))]);
  leaving.abort();
  const fault = early ?? (await ended);
  if (fault) throw fault;
}

async function page({ random, person, pages, cookie }: Scene): Promise<void> {
  const path = random.of(pages);
  const answer = await person().door.send(path, { method: "GET", headers: { accept: "text/html", cookie } });
  if (answer.status !== 200 || !answer.text.includes("</html>")) throw wrong(path, answer);
}

async function signInPage({ person }: Scene): Promise<void> {
  const answer = await person().door.send("/sign-in", { method: "GET", headers: { accept: "text/html" } });
  if (answer.status !== 200 || !answer.text.includes('type="password"')) throw wrong("/sign-in", answer);
}

function resultOf(what: string, answer: Answer & { id: number }): JsonObject {
  const { result, id } = answer.messages.at(-1) ?? {};
  if (answer.status !== 200 || id !== answer.id || typeof result !== "object" || result === null) throw wrong(what, answer);
  if ("isError" in result && result.isError === true) throw new Wrong(`${what}: ${JSON.stringify(result).slice(0, 300)}`);
  return result as JsonObject;
}
