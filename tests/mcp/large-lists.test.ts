import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { testDatabase } from "@/tests/support/database";
import { aCapability, anAssignment } from "@/tests/support/factories";
import { aLivePortal, legacyHeaders, message, modernHeaders, modernMessage, type Mount, mountsOf } from "./harness";

const db = await testDatabase();
const live = await aLivePortal(db);
const names = Array.from({ length: 60 }, (_, i) => `tool_${i}`);
const tools = [];
for (const name of names) {
  const definition = { name, description: "ä ".repeat(500), inputSchema: { type: "object" } };
  tools.push(await aCapability(db, live.org.id, live.server.id, "tool", name, { definition, approvedDefinition: definition }));
}
await anAssignment(db, live.org.id, live.portal.id, live.server.id, tools);
const mounts = await mountsOf(live);

type Raw = { encoding: string | null | undefined; vary: string | null | undefined; bytes: Buffer };

/** Without a client that decodes on its own. */
async function raw({ name, url, fetch }: Mount, given: Record<string, string | undefined>, body: unknown): Promise<Raw> {
  const headers = Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  if (name === "node:http") return overHttp(url, headers, String(body));
  const response = await fetch(url, { method: "POST", headers, body: String(body) });
  return {
    encoding: response.headers.get("content-encoding") ?? undefined,
    vary: response.headers.get("vary") ?? undefined,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

function overHttp(url: string, headers: Record<string, string>, body: string): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("end", () => resolve({ encoding: res.headers["content-encoding"], vary: res.headers.vary, bytes: Buffer.concat(chunks) }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

test.each(mounts)("a large list comes compressed to who asks for it, and is the same list, in both eras on $name", async (mount) => {
  for (const { headers, body } of [
    { headers: legacyHeaders(live.token), body: message("tools/list", {}) },
    { headers: modernHeaders(live.token, "tools/list"), body: modernMessage("tools/list", {}) },
  ]) {
    const plain = await raw(mount, headers, body);
    const small = await raw(mount, { ...headers, "accept-encoding": "gzip, br" }, body);
    expect([plain.encoding, small.encoding, plain.vary, small.vary]).toEqual([undefined, "gzip", "Accept-Encoding", "Accept-Encoding"]);
    expect(small.bytes.length).toBeLessThan(plain.bytes.length / 10);
    expect(gunzipSync(small.bytes).equals(plain.bytes)).toBe(true);
    const { result } = JSON.parse(plain.bytes.toString()) as { result: { tools: { name: string }[] } };
    expect(result.tools.map(({ name }) => name).sort()).toEqual([...names].sort());
  }
});
