import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../lib/db/migrate";
import { openDatabase } from "../../lib/db/open";
import type { Database } from "../../lib/db/types";
import { hashPassword } from "../../lib/people/password";
import type { Person } from "../conformance/sign-in";
import { freePort, type Gatehouse, startGatehouse } from "../e2e/support/processes";
import * as make from "../support/factories";
import { freshPostgres } from "../support/fresh-postgres";

export type Answer = { status: number; body: unknown };
export type Pair = { access_token: string; refresh_token: string };
export type Instance = ReturnType<typeof instanceAt>;

/** Two processes of the built product under one public name, a portal that admits everyone, and somebody with a password. */
export async function twoInstances(more: Record<string, string> = {}) {
  const adminUrl = process.env.TEST_DATABASE_URL;
  if (!adminUrl) throw new Error("TEST_DATABASE_URL must name a PostgreSQL: two instances cannot share the embedded database");
  const url = await freshPostgres(adminUrl);
  const { db, close } = await openDatabase({ url, dataDir: "" });
  await migrate(db);
  const person = { email: "races@acme.test", password: "correct horse battery staple" };
  const { org, portal } = await furnish(db, person);
  const path = `/mcp/${org.slug}/${portal.slug}`;
  const ports = [await freePort(), await freePort()];
  const issuer = `http://localhost:${ports[0]}`;
  const env = { DATABASE_URL: url, PUBLIC_URL: issuer, GATEHOUSE_SECRET: randomBytes(32).toString("base64url"), EGRESS_ALLOW: "", ...more };
  const started: { gatehouse: Gatehouse; dataDir: string }[] = [];
  for (const port of ports) {
    const dataDir = mkdtempSync(join(tmpdir(), "gatehouse-races-"));
    started.push({ gatehouse: await startGatehouse({ port, dataDir, env }), dataDir });
  }
  return {
    db,
    org,
    portal,
    issuer,
    person,
    resource: `${issuer}${path}`,
    instances: started.map(({ gatehouse }) => instanceAt(gatehouse.url, path)),
    close: async () => {
      for (const { gatehouse, dataDir } of started) {
        await gatehouse.stop();
        rmSync(dataDir, { recursive: true, force: true });
      }
      await close();
    },
  };
}

export const isTokenPair = (body: unknown): body is Pair =>
  typeof body === "object" && body !== null && "access_token" in body && typeof body.access_token === "string" && "refresh_token" in body;

function instanceAt(url: string, path: string) {
  const post = async (address: string, form: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`${url}${address}`, { method: "POST", body: new URLSearchParams(form), signal: AbortSignal.timeout(30_000) });
    return { status: response.status, body: await response.json() };
  };
  const ask = (token: string, method: string, params?: object): Promise<Response> => {
    const headers = {
      ...{ authorization: `Bearer ${token}`, "content-type": "application/json", accept: "application/json, text/event-stream" },
      "mcp-protocol-version": "2025-11-25",
    };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    return fetch(`${url}${path}`, { method: "POST", headers, body, signal: AbortSignal.timeout(60_000) });
  };
  return {
    token: (form: Record<string, string>) => post("/oauth/token", form),
    refresh: (clientId: string, token: string) => post("/oauth/token", { grant_type: "refresh_token", refresh_token: token, client_id: clientId }),
    revoke: (clientId: string, token: string) => post("/oauth/revoke", { token, client_id: clientId }),
    /** The status of a request to the portal with this access token. */
    ping: async (token: string): Promise<number> => {
      const response = await ask(token, "ping");
      await response.body?.cancel();
      return response.status;
    },
    /** What a tool says to whoever has this access token. */
    callTool: async (token: string, name: string): Promise<string> => (await ask(token, "tools/call", { name })).text(),
  };
}

async function furnish(db: Database, { email, password }: Person) {
  const { org } = await make.anOrg(db);
  const portal = await make.aPortal(db, org.id);
  const policy = await make.aPolicy(db, org.id, [{ kind: "everyone" }]);
  await make.attachToPortal(db, org.id, portal.id, policy.id);
  await make.aPerson(db, { email, passwordHash: await hashPassword(password) });
  return { org, portal };
}
