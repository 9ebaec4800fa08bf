import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "support", "tls");
const file = (name: string) => join(folder, name);

test("over TLS: the certificate has to fit the name, one connection carries several exchanges, bodies arrive whole", async () => {
  let connections = 0;
  const server = createServer({ key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) }, (req, res) => {
    let bytes = 0;
    req.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    req.on("end", () => res.end(`${bytes} bytes from ${req.headers["x-name"]} ${"x".repeat(200_000)}`));
  });
  server.on("secureConnection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", file("ask.ts"), String(port)], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: file("cert.pem") },
  });
  const [first, second, other] = JSON.parse(stdout);
  for (const answer of [first, second]) expect(answer).toBe("400000 bytes from Zo\u00eb and 200022 characters");
  expect(other).toBe("tls kept");
  expect(connections).toBe(1);
  server.closeAllConnections();
  server.close();
});
