import { describe, expect, test } from "vitest";
import { productVersion } from "@/lib/mcp/product";
import { testDatabase } from "@/tests/support/database";
import { oddAnswer, oddPrompt, oddResource, oddTemplate, oddTools } from "@/tests/support/odd-material";
import { type RawResult, rawResultText } from "@/tests/support/raw-upstream";
import { aRawPortal, type ClientEra, rawUpstream } from "./raw-portal";

const db = await testDatabase();

async function anOddPortal(era: "legacy" | "modern") {
  const lists = { tools: Object.values(oddTools), prompts: [oddPrompt], resources: [oddResource], templates: [oddTemplate] };
  const upstream = await rawUpstream({ era, lists, answer: oddAnswer });
  const portal = await aRawPortal(db);
  await portal.add("odd", upstream);
  return { ...portal, upstream };
}

const portals = { legacy: await anOddPortal("legacy"), modern: await anOddPortal("modern") };
const combinations = (["legacy", "modern"] as const).flatMap((server) =>
  (["legacy", "modern"] as const).flatMap((client) =>
    portals[server].mounts.map((mount) => ({ client, server, mount, on: mount.name, portal: portals[server] })),
  ),
);

/** The bytes that a client of that era has to get for what the server wrote: the server's own, in the envelope of this hop. */
function expected({ members, meta }: RawResult, client: ClientEra, portalName: string, method: string): string {
  if (client === "legacy") return rawResultText({ members, meta }, "legacy");
  const own = `"io.modelcontextprotocol/serverInfo":${JSON.stringify({ name: "gatehouse", title: portalName, version: productVersion })}`;
  return `{${[
    ...(method === "resources/read" ? ['"ttlMs":0', '"cacheScope":"private"'] : []),
    ...members,
    `"_meta":{${[meta, own].filter((part) => part !== undefined).join(",")}}`,
  ].join(",")}}`;
}

// Where the envelope's `resultType` stands among the members is ours or the server's to say.
const withoutType = (result: string) => result.replace(/"resultType":"complete",/, "");

describe.each(combinations)("a $client client and a $server server on $on", ({ client, mount, portal }) => {
  const calls = [
    ...Object.keys(oddTools).map((name) => ["tools/call", { name, arguments: {} }] as const),
    ["prompts/get", { name: "odd" }] as const,
    ["resources/read", { uri: "ui://app/main" }] as const,
    ["resources/read", { uri: "notes://7?q=a" }] as const,
    ["completion/complete", { ref: { type: "ref/resource", uri: "notes://{id}{?q}" }, argument: { name: "id", value: "" } }] as const,
  ];
  test.each(calls)("%s %j comes through to the byte", async (method, params) => {
    const { result, json } = await portal.ask(mount, client, method, params);
    expect(json.error).toBeUndefined();
    expect(result.includes('"resultType":"complete"')).toBe(client === "modern");
    expect(withoutType(result)).toBe(expected(oddAnswer({ method, params }), client, portal.portal.name, method));
  });

  test.each([
    ["tools/list", "tools", Object.values(oddTools)],
    ["prompts/list", "prompts", [oddPrompt]],
    ["resources/list", "resources", [oddResource]],
    ["resources/templates/list", "resourceTemplates", [oddTemplate]],
  ])("%s holds the definitions to the byte, in the server's order", async (method, field, definitions) => {
    const { result } = await portal.ask(mount, client, method);
    expect(result.startsWith(`{"${field}":[${definitions.join(",")}]`)).toBe(true);
  });
});

test("without anything of the server's, old clients of old servers get even the white space between members", async () => {
  const upstream = await rawUpstream({
    era: "legacy",
    lists: { tools: ['{"name":"spaced","inputSchema":{"type":"object"}}'] },
    answer: () => ({ members: ['\n  "content" : [ ]\n ', '\t"content":[{"type":"text","text":"second"}] '] }),
  });
  const portal = await aRawPortal(db);
  await portal.add("spaced", upstream);
  for (const mount of portal.mounts) {
    const { result } = await portal.ask(mount, "legacy", "tools/call", { name: "spaced" });
    expect(result).toBe('{\n  "content" : [ ]\n ,\t"content":[{"type":"text","text":"second"}] }');
  }
});

test("a definition whose keys occur twice is listed as the one that was read and approved", async () => {
  const twice = '{"name":"twice","description":"Hidden from the admin","inputSchema":{"type":"object"},"descr\\u0069ption":"Seen"}';
  const upstream = await rawUpstream({ era: "legacy", lists: { tools: [twice] }, answer: oddAnswer });
  const portal = await aRawPortal(db);
  await portal.add("twice", upstream);
  for (const mount of portal.mounts) {
    const { result } = await portal.ask(mount, "legacy", "tools/list");
    expect(result).toBe('{"tools":[{"name":"twice","description":"Seen","inputSchema":{"type":"object"}}]}');
  }
});
