import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import { finishConnecting } from "@/lib/connections/finish";
import { setServerOAuth, setUpstreamClient, startSharedConnection } from "@/lib/connections/commands";
import type { Database } from "@/lib/db/types";
import { checkServer } from "@/lib/doctor/commands";
import { doctorPorts } from "@/lib/doctor/ports";
import { firstFailure, type Walked } from "@/lib/doctor/report";
import { aConnectedPortal } from "../support/connected";
import { testDatabase } from "../support/database";
import { aMember, anOrg, aServer, contextOf } from "../support/factories";
import { startGuarded, startOidc, type ProviderOptions } from "../support/oidc";
import { signInAt } from "../support/provider-browser";
import { startUpstream } from "../support/upstream";

let db: Database;
const running: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(async () => {
  for (const one of running) await one.close();
});

const oauth = { scopes: [], allowUnannouncedS256: false, issuer: "", authorizationEndpoint: "", tokenEndpoint: "", revocationEndpoint: "" };
type Scene = Awaited<ReturnType<typeof aScene>>;

/** A server behind OAuth, with or without the admins' shared account. */
async function aScene(options: ProviderOptions = {}, isConnected = true) {
  const oidc = await startOidc(options);
  const { upstream, guard } = await startGuarded(oidc);
  running.push(oidc, upstream);
  const scene = await aConnectedPortal(db, upstream.url, "oauth", "shared");
  await aMember(db, scene.org.id, scene.person.id, "owner");
  if (isConnected) {
    const { url } = await startSharedConnection(scene.ctx, { serverId: scene.server.id }, scene.me.sessionId);
    const done = await finishConnecting({ ...scene.me, now: new Date() }, (await signInAt(url, "team")).searchParams);
    if (done.kind !== "connected") throw new Error(`the account is not connected: ${done.cause}`);
  }
  return { ...scene, oidc, upstream, guard };
}

async function run({ ctx, server }: Pick<Scene, "ctx"> & { server: { id: string } }, ports: Partial<ReturnType<typeof doctorPorts>> = {}): Promise<Walked> {
  const [walked] = (await checkServer(ctx, { serverId: server.id }, { ...doctorPorts(), ...ports })).walks;
  if (!walked) throw new Error("nothing was walked");
  return walked;
}

const verdicts = ({ steps }: Walked) => Object.fromEntries(steps.map(({ id, verdict }) => [id, verdict]));
const wordsOf = ({ steps }: Walked, id: string) => steps.find((step) => step.id === id)?.words ?? "";

describe("a server that is as it should be", () => {
  test("behind OAuth: every step, without a secret in its words or on record, and nothing registered or connected", async () => {
    const scene = await aScene();
    const before = await Promise.all([schema.connections, schema.upstreamClients, schema.connectFlows].map((table) => db.select().from(table)));
    const walked = await run(scene);
    expect(walked.steps.map(({ id, verdict, words }) => [id, verdict, verdict === "passed" ? "" : words])).toEqual(
      ["reach", "resource", "issuer", "pkce", "registration", "authentication", "credential", "answers"].map((step) => [step, "passed", ""]),
    );
    expect(wordsOf(walked, "resource")).toContain(scene.oidc.issuer);
    expect(wordsOf(walked, "registration")).toMatch(/which it registered by itself/);
    expect(wordsOf(walked, "credential")).toMatch(/renewed without anybody/);
    expect(wordsOf(walked, "answers")).toMatch(/MCP 2026-07-28, without sessions, and lists 2 tools/);
    expect(await Promise.all([schema.connections, schema.upstreamClients, schema.connectFlows].map((table) => db.select().from(table)))).toEqual(before);
    const audit = await db.select().from(schema.auditEvents).where(eq(schema.auditEvents.orgId, scene.org.id));
    expect(audit.at(-1)).toMatchObject({ action: "server.checked", targetId: scene.server.id, after: { Guarded: "passed" } });
    for (const token of scene.oidc.living.keys()) expect(JSON.stringify([walked, audit])).not.toContain(token);
  });

  test("a client that an admin entered is named, its secret is not", async () => {
    const secret = "a-secret-known-to-two";
    const byHand = { client_id: "by-hand", client_secret: secret, redirect_uris: ["http://localhost:3000/oauth/upstream/callback"] };
    const scene = await aScene({ registers: false, clients: [byHand] }, false);
    const client = { issuer: scene.oidc.issuer, clientId: "by-hand", clientSecret: secret, authentication: "auto" as const };
    await setUpstreamClient(scene.ctx, { serverId: scene.server.id, ...client });
    const walked = await run(scene);
    expect(wordsOf(walked, "registration")).toContain("by-hand");
    expect(wordsOf(walked, "authentication")).toContain("client_secret_basic");
    expect(JSON.stringify(walked)).not.toContain(secret);
    expect(firstFailure(walked)).toMatchObject({ id: "credential", words: expect.stringContaining("No shared account is connected") });
  });

  test.each(["none", "bearer"] as const)("with %s: the steps of a sign-in are skipped", async (auth) => {
    const upstream = await startUpstream({ era: "modern", tools: [{ name: "one" }] });
    running.push(upstream);
    const { org, ctx } = await anOrg(db);
    const server = await aServer(db, org.id, { url: upstream.url, auth, transport: null, era: null });
    const walked = await run({ ctx, server });
    const isOpen = auth === "none";
    const skipped = { resource: "skipped", issuer: "skipped", pkce: "skipped", registration: "skipped", authentication: "skipped" };
    const [credential, answers] = isOpen ? ["passed", "passed"] : ["failed", "skipped"];
    expect(verdicts(walked)).toEqual({ reach: "passed", ...skipped, credential, answers });
    expect(wordsOf(walked, "credential")).toBe(isOpen ? "None is needed." : "No key is stored.");
  });
});

type Broken = { options?: ProviderOptions; isConnected?: boolean; arrange: (scene: Scene) => unknown; fails: string; says: RegExp };
const at = (scene: Scene, url: string) => db.update(schema.servers).set({ url }).where(eq(schema.servers.id, scene.server.id));
const connection = (scene: Scene) => eq(schema.connections.serverId, scene.server.id);

const broken: Record<string, Broken> = {
  "nothing listens": { arrange: (scene) => at(scene, "http://127.0.0.1:9/mcp"), fails: "reach", says: /Nothing listens/ },
  "a private address": { arrange: (scene) => at(scene, "http://10.0.0.1/mcp"), fails: "reach", says: /must not reach/ },
  "another path": { arrange: (scene) => at(scene, `${scene.upstream.origin}/elsewhere`), fails: "reach", says: /404/ },
  "no sign-in service": { arrange: ({ oidc }) => oidc.close(), fails: "issuer", says: /does not answer right now/ },
  "no registration": { options: { registers: false }, isConnected: false, arrange: () => {}, fails: "registration", says: /takes no registration/ },
  "another issuer than the client's": {
    options: {
      registers: false,
      clients: [{ client_id: "x", client_secret: "yyyyyyyyyyyyyyyy", redirect_uris: ["http://localhost:3000/oauth/upstream/callback"] }],
    },
    isConnected: false,
    arrange: async (scene) => {
      const client = { issuer: scene.oidc.issuer, clientId: "x", clientSecret: "yyyyyyyyyyyyyyyy", authentication: "auto" as const };
      await setUpstreamClient(scene.ctx, { serverId: scene.server.id, ...client });
      scene.guard.by = await startOidc();
      running.push(scene.guard.by);
    },
    fails: "registration",
    says: /belongs to http:.* and the server names http:.* now/,
  },
  "no shared account": { isConnected: false, arrange: () => {}, fails: "credential", says: /No shared account is connected/ },
  "a shared account that has ended": {
    arrange: (scene) => db.update(schema.connections).set({ state: "reconnect" }).where(connection(scene)),
    fails: "credential",
    says: /connection has ended/,
  },
  "tokens that the server does not take": { arrange: ({ oidc }) => oidc.living.clear(), fails: "answers", says: /401|credential/ },
};

describe("what is broken is told by its first wrong step", () => {
  test.each(Object.entries(broken))("%s", async (_name, { options, isConnected, arrange, fails, says }) => {
    const scene = await aScene(options, isConnected);
    await arrange(scene);
    expect(firstFailure(await run(scene))).toMatchObject({ id: fails, words: expect.stringMatching(says) });
  });

  test("a provider that does not announce PKCE, and an admin who allows it all the same", async () => {
    const upstream = await startUpstream({
      era: "modern",
      tools: [],
      hook({ path }) {
        const { origin, url } = upstream;
        if (path.startsWith("/.well-known/oauth-protected-resource")) return { status: 200, body: { resource: url, authorization_servers: [origin] } };
        if (path.startsWith("/.well-known/oauth-authorization-server")) {
          const endpoints = { authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token`, registration_endpoint: `${origin}/register` };
          return { status: 200, body: { issuer: origin, ...endpoints } };
        }
        return { status: 401 };
      },
    });
    running.push(upstream);
    const { org, ctx } = await anOrg(db);
    const server = await aServer(db, org.id, { url: upstream.url, auth: "oauth", transport: null, era: null });
    const fix = { path: `/admin/${org.slug}/servers/${server.id}/settings`, label: "Open the settings" };
    expect(firstFailure(await run({ ctx, server }))).toMatchObject({ id: "pkce", words: expect.stringContaining("not announced"), fix });
    await setServerOAuth(ctx, { serverId: server.id, ...oauth, allowUnannouncedS256: true });
    const walked = await run({ ctx, server });
    expect(verdicts(walked)).toMatchObject({ pkce: "passed", registration: "passed", credential: "failed" });
    expect(wordsOf(walked, "registration")).toBe("It registers itself with the first sign-in.");
  });

  test("a server that never answers costs no more than its time", async () => {
    const upstream = await startUpstream({ era: "modern", tools: [], hook: () => "hang" });
    running.push(upstream);
    const { org, ctx } = await anOrg(db);
    const server = await aServer(db, org.id, { url: upstream.url });
    expect(firstFailure(await run({ ctx, server }, { stepMs: 200 }))).toMatchObject({ id: "reach", words: "Nothing came within 0.2 s." });
  });
});

describe("who may ask", () => {
  test.each(["auditor", "member"] as const)("a person who is %s only may not", async (role) => {
    const { org, owner } = await anOrg(db);
    const server = await aServer(db, org.id);
    await expect(run({ ctx: contextOf(db, org, owner, role), server })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("another organization's server is not found", async () => {
    const [mine, theirs] = [await anOrg(db), await anOrg(db)];
    await expect(run({ ctx: mine.ctx, server: await aServer(db, theirs.org.id) })).rejects.toMatchObject({ code: "not_found" });
  });
});
