import { describe, expect, test } from "vitest";
import type { Watch } from "@/lib/mcp/upstream-types";
import { setToggle } from "@/lib/portals/toggles";
import { testDatabase } from "@/tests/support/database";
import type { RawRequest, RawResult } from "@/tests/support/raw-upstream";
import { legacyHeaders, message } from "./harness";
import { aRawPortal, type ClientEra, rawUpstream } from "./raw-portal";

const db = await testDatabase();

type Uris = { app: string; shared: string; note: string; only: string };
const own: Uris = { app: "ui://app/main", shared: "file:///shared", note: "notes://7/x", only: "" };
const exposed: Uris = { app: "ui://b/app/main", shared: "gatehouse+b:file:///shared", note: "gatehouse+b:notes://7/x", only: "" };

const metaOf = ({ app }: Uris) =>
  `"ui":{"resourceUri":"${app}","x":1.0},"ui/resourceUri":"${app}","openai/outputTemplate" : "${app}","big":12345678901234567890`;
const toolOf = (uris: Uris) => `{"name":"NAME","inputSchema":{"type":"object","maximum":9007199254740993},"_meta":{${metaOf(uris)}},"x":1.0}`;
const blocksOf = (uris: Uris) => [
  `{"type":"resource_link", "uri" : "${uris.shared}","name":"s","x":1.0}`,
  `{"type":"resource","resource":{"uri":"${uris.note}","text":"${own.app}","x":1e3},"_meta":{${metaOf(uris)}}}`,
  `{"type":"resource","resource":{"uri":"${uris.app}","text":"x"}}`,
  `{"type":"resource_link","uri":"${uris.only}","name":"only"}`,
  // What is no URI by the protocol stays, whatever it looks like.
  `{"type":"text","text":"see ${own.app}"}`,
  `{"type":"novel","uri":"${own.app}","n":1.50}`,
];

function resultOf(method: string, uris: Uris): RawResult {
  const meta = metaOf(uris);
  if (method === "tools/call") return { members: [`"content":[ ${blocksOf(uris).join(" , ")} ]`, `"structuredContent":{"uri":"${own.app}","n":1.0}`], meta };
  if (method === "prompts/get") return { members: [`"messages":[${blocksOf(uris).map((block) => `{"role":"user","content":${block}}`)}]`], meta };
  if (method === "completion/complete") return { members: ['"completion":{"values":["7"]}'] };
  return { members: [`"contents":[{"uri":"${uris.app}","text":"a","x":1.0},{"uri":"${uris.note}","text":"b"}]`], meta };
}

function aServerOf(name: string, era: "legacy" | "modern") {
  const uris = { ...own, only: `only://${name}` };
  const resources = [own.app, own.shared, uris.only].map((uri) => `{"uri":"${uri}","name":"r","size":1.0}`);
  const templates = ["notes://{id}/x", `own-${name}://{id}`].map((uri) => `{"uriTemplate":"${uri}","name":"t","x":1.0}`);
  const answer = ({ method, params }: RawRequest) =>
    params.uri === "notes://gone/x" ? { error: '{"code":-32602,"message":"gone","data":{"uri":"notes://gone/x","x":1}}' } : resultOf(method, uris);
  const lists = { tools: [toolOf(uris).replace("NAME", "open")], prompts: ['{"name":"tell","x":1.0}'], resources, templates };
  return rawUpstream({ era, lists, answer });
}

async function aClash(eraOfB: "legacy" | "modern") {
  const [a, b] = [await aServerOf("a", "modern"), await aServerOf("b", eraOfB)];
  const watches: Watch[] = [];
  const portal = await aRawPortal(db, {
    listen: (_, watch) => {
      watches.push(watch);
      return { ready: Promise.resolve() };
    },
  });
  await portal.add("a", a);
  const lists = () => Promise.all(["tools/list", "prompts/list", "resources/list", "resources/templates/list"].map((method) => list(portal, method)));
  const before = await lists();
  const added = await portal.add("b", b);
  return { ...portal, a, b, watches, before, lists, ofB: added.capabilities };
}

async function list({ ask, mounts }: Pick<Awaited<ReturnType<typeof aRawPortal>>, "ask" | "mounts">, method: string): Promise<string> {
  const [mount] = mounts;
  if (!mount) throw new Error("no mount");
  return (await ask(mount, "legacy", method)).result;
}

const clashes = { legacy: await aClash("legacy"), modern: await aClash("modern") };
const cells = (["legacy", "modern"] as const).flatMap((server) =>
  (["legacy", "modern"] as const).flatMap((client) =>
    clashes[server].mounts.map((mount) => ({ server, client, mount, on: mount.name, portal: clashes[server] })),
  ),
);
const ofB = { ...exposed, only: "only://b" };
const ofA = { ...own, only: "only://a" };

describe.each(cells)("two servers with the same names: a $client client, the second a $server server, on $on", ({ client, mount, portal }) => {
  const ask = (method: string, params: Parameters<typeof portal.ask>[3]) => portal.ask(mount, client as ClientEra, method, params);
  const holds = (text: string, { members, meta }: RawResult) => {
    for (const member of members) expect(text).toContain(member);
    if (meta !== undefined) expect(text).toContain(meta);
  };

  test.each([
    ["tools/call", { name: "b_open" }, { name: "open" }],
    ["prompts/get", { name: "b_tell" }, { name: "tell" }],
    ["resources/read", { uri: exposed.app }, { uri: own.app }],
    ["resources/read", { uri: exposed.note }, { uri: own.note }],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "gatehouse+b:notes://{id}/x" }, argument: { name: "id", value: "" } },
      { ref: { type: "ref/resource", uri: "notes://{id}/x" } },
    ],
  ])("%s %j of the second: asked in its own words, answered in the portal's, the rest to the byte", async (method, params, original) => {
    const { text, json } = await ask(method, params);
    expect(json.error).toBeUndefined();
    holds(text, resultOf(method, ofB));
    expect(portal.b.asked.at(-1)).toMatchObject({ method, params: original });
  });

  test.each([
    ["tools/call", { name: "open" }],
    ["prompts/get", { name: "tell" }],
    ["resources/read", { uri: own.app }],
    ["resources/read", { uri: own.note }],
  ])("%s %j is still the first's, untouched", async (method, params) => {
    const before = portal.b.asked.length;
    const { text } = await ask(method, params);
    holds(text, resultOf(method, ofA));
    expect(portal.a.asked.at(-1)).toMatchObject({ method, params });
    expect(portal.b.asked).toHaveLength(before);
  });

  test("what is unique keeps its URI", async () => {
    await ask("resources/read", { uri: "only://b" });
    expect(portal.b.asked.at(-1)?.params).toMatchObject({ uri: "only://b" });
    await ask("resources/read", { uri: "own-b://5" });
    expect(portal.b.asked.at(-1)?.params).toMatchObject({ uri: "own-b://5" });
  });

  test("an error names the resource as the client does", async () => {
    const { json } = await ask("resources/read", { uri: "gatehouse+b:notes://gone/x" });
    expect(json.error?.data).toEqual({ uri: "gatehouse+b:notes://gone/x", x: 1 });
  });

  test("the lists: `ui://` stays `ui://`, everything that names a resource names the portal's, and the rest stays to the byte", async () => {
    const { result: tools } = await ask("tools/list", {});
    expect(tools).toContain(`[${toolOf(ofA).replace("NAME", "open")},${toolOf(ofB).replace("NAME", "b_open")}]`);
    const { result: resources } = await ask("resources/list", {});
    const uris = [own.app, own.shared, "only://a", exposed.app, exposed.shared, "only://b"];
    expect(resources).toContain(`[${uris.map((uri) => `{"uri":"${uri}","name":"r","size":1.0}`)}]`);
    const { result: templates } = await ask("resources/templates/list", {});
    const patterns = ["notes://{id}/x", "own-a://{id}", "gatehouse+b:notes://{id}/x", "own-b://{id}"];
    expect(templates).toContain(`[${patterns.map((uri) => `{"uriTemplate":"${uri}","name":"t","x":1.0}`)}]`);
  });
});

test("adding the second server renames nothing of the first", async () => {
  const after = await clashes.legacy.lists();
  for (const [i, before] of clashes.legacy.before.entries()) expect(after[i]?.startsWith(before.slice(0, -2))).toBe(true);
});

test("subscriptions go up under the server's URI, and updates come back under the portal's", async () => {
  const { mounts, token, watches } = clashes.legacy;
  const [mount] = mounts;
  if (!mount) throw new Error("no mount");
  const begin = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const opened = await mount.send({ headers: { ...legacyHeaders(token), "mcp-protocol-version": undefined }, body: message("initialize", begin) });
  const headers = { ...legacyHeaders(token), "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  const stream = await mount.fetch(mount.url, { headers: { ...headers, accept: "text/event-stream" } });
  const subscribed = await mount.send({ headers, body: message("resources/subscribe", { uri: exposed.note }) });
  expect(subscribed.json.result).toEqual({});
  const watch = watches.find(({ resources }) => resources.length > 0);
  expect(watch?.resources).toEqual([own.note]);
  watch?.on({ method: "notifications/resources/updated", params: { uri: own.note } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  while (!heard.includes("resources/updated")) heard += (await reader?.read())?.value ?? "";
  expect(heard).toContain(`"uri":"${exposed.note}"`);
  await reader?.cancel();
});

test("a resource that is switched off is not confused with the first server's of the same URI", async () => {
  const portal = await aClash("legacy");
  const app = portal.ofB.find(({ name }) => name === own.app);
  await setToggle(portal.ctx, { portalId: portal.portal.id, capabilityId: app?.id ?? "", enabled: false });
  for (const mount of portal.mounts) {
    const { result } = await portal.ask(mount, "legacy", "tools/list");
    expect(result).toContain(toolOf(ofB).replace("NAME", "b_open"));
    const { text } = await portal.ask(mount, "legacy", "tools/call", { name: "b_open" });
    expect(text).toContain(`"content":[ ${blocksOf(ofB).join(" , ")} ]`);
    expect((await portal.ask(mount, "legacy", "resources/read", { uri: exposed.app })).json.error?.code).toBe(-32002);
  }
});
