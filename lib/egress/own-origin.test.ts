import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { forget } from "@/lib/singleton";
import { fromOutside, ownOrigin } from "./own-origin";

let server: Server;
let origin: string;
const ask = { method: "GET", maxBytes: 1_000 } as const;

beforeAll(async () => {
  server = createServer((req, res) => (req.url === "/elsewhere" ? res.writeHead(303, { location: "https://x.test/" }).end() : res.end("home")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Nothing is listed: only that it is our own origin lets anybody in.
  Object.assign(process.env, { PUBLIC_URL: origin, EGRESS_ALLOW: "other.test:443" });
  for (const name of ["env", "own-origin", "from-outside"] as const) forget(name);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("our own origin is reached wherever it leads, though nobody listed it", async () => {
  expect(await (await ownOrigin(`${origin}/`, ask)).text()).toBe("home");
});

// biome-ignore format: a table reads best as a table
test.each([
  ["another host",                () => "http://localhost:1/"],
  ["another port",                () => "http://127.0.0.1:1/"],
  ["another scheme",              () => origin.replace("http:", "https:")],
  ["what only begins alike",      () => `${origin}.evil.test/`],
  ["a user before another host",  () => `${origin}@evil.test/`],
  ["no address",                  () => "nothing"],
])("%s is not asked", async (_name, url) => {
  await expect(ownOrigin(url(), ask)).rejects.toMatchObject({ cause_: "blocked", delivered: false });
});

test("a redirect is shown to who asks for it, and is a failure to everybody else; nobody follows it", async () => {
  const shown = await ownOrigin(`${origin}/elsewhere`, { ...ask, showsRedirects: true });
  expect([shown.status, shown.headers.location]).toEqual([303, "https://x.test/"]);
  shown.dump();
  await expect(ownOrigin(`${origin}/elsewhere`, ask)).rejects.toMatchObject({ cause_: "redirect" });
});

test("from outside nothing private is reached, whatever the operator listed", async () => {
  await expect(fromOutside(origin.replace("http:", "https:"), ask)).rejects.toMatchObject({ cause_: "blocked" });
});
