import { eq } from "drizzle-orm";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { GET as clientDocument } from "@/app/oauth/client-metadata.json/route";
import { accessEvents, auditEvents, calls, connectFlows, connections, grants, servers, upstreamClients } from "@/drizzle/schema";
import { setServerOAuth, setUpstreamClient, startSharedConnection } from "@/lib/connections/commands";
import { finishConnecting } from "@/lib/connections/finish";
import { disconnectMine, startConnecting } from "@/lib/connections/mine";
import { listMyConnections, listServerConnections } from "@/lib/connections/queries";
import { loadCredential } from "@/lib/connections/store";
import { isReference } from "@/lib/ids";
import { updateServer } from "@/lib/servers/commands";
import { syncServer } from "@/lib/servers/sync";
import { forget } from "@/lib/singleton";
import { aLastingToken } from "../support/connected";
import { testDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { aMember } from "../support/factories";
import { byHand, oauthScenes } from "../support/oauth-scene";
import { type OidcFixture, startOidc } from "../support/oidc";
import { signInAt } from "../support/provider-browser";

// The sign-in service is the real oidc-provider; the server behind it says who called.
const db = await testDatabase();
const { aScene, running, closeAll } = oauthScenes(db);
afterAll(closeAll);
afterEach(() => void vi.useRealTimers());

type Scene = Awaited<ReturnType<typeof aScene>>;
const stateOf = async ({ org, portal, person }: Scene) => (await listMyConnections(db, { orgId: org.id, portalId: portal.id, personId: person.id }))[0];

/** Later on, for the provider as for us. */
const laterBy = (ms: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
const hour = 3_600_000;

describe("connecting", () => {
  test("two people act as themselves, each with what they connected, after one automatic registration", async () => {
    const scene = await aScene();
    const ben = await scene.another();
    expect(await stateOf(scene)).toMatchObject({ account: "personal", kind: "oauth", state: "needs_connection" });
    expect(await scene.connect(scene.me, "ana")).toMatchObject({
      kind: "connected",
      path: `/connect/${scene.org.slug}/${scene.portal.slug}?connected=${scene.server.id}`,
    });
    expect(await scene.call(ben.token)).toContain("connect your account");
    await scene.connect(ben.me, "ben");
    expect([await scene.call(), await scene.call(ben.token)]).toEqual(["you are ana", "you are ben"]);
    expect(scene.oidc.asked.filter((path) => path === "/reg")).toHaveLength(1);
    expect(await stateOf(scene)).toMatchObject({ state: "connected", label: new URL(scene.oidc.issuer).host, forecast: { kind: "renews" } });
    expect((await listServerConnections(scene.ctx, scene.server.id)).map(({ email }) => email).sort()).toEqual([scene.person.email, ben.person.email].sort());
  });

  test("people who connect in the same moment share one registration", async () => {
    const scene = await aScene();
    const others = [await scene.another(), await scene.another()];
    const all = await Promise.all([scene, ...others].map(({ me }, i) => scene.connect(me, `p${i}`)));
    expect(all.map(({ kind }) => kind)).toEqual(["connected", "connected", "connected"]);
    expect(await Promise.all([scene, ...others].map(({ token }) => scene.call(token)))).toEqual(["you are p0", "you are p1", "you are p2"]);
  });

  test("a client that an admin registered by hand is used where there is no registration", async () => {
    const scene = await aScene({ registers: false, clients: [byHand("a-secret-known-to-two")] });
    await expect(startConnecting(scene.me, scene.input)).rejects.toMatchObject({
      code: "upstream",
      message: expect.stringContaining("an admin has to enter a client ID"),
    });
    const client = {
      serverId: scene.server.id,
      issuer: scene.oidc.issuer,
      clientId: "by-hand",
      clientSecret: "a-secret-known-to-two",
      authentication: "auto" as const,
    };
    await expect(setUpstreamClient(scene.ctx, { ...client, issuer: "https://other.test" })).rejects.toMatchObject({ code: "invalid", field: "issuer" });
    await setUpstreamClient(scene.ctx, client);
    await scene.connect(scene.me, "ana");
    expect(await scene.call()).toBe("you are ana");
    const record = JSON.stringify(await db.select().from(auditEvents).where(eq(auditEvents.orgId, scene.org.id)));
    expect(record).toContain("by-hand");
    expect(record).not.toContain("a-secret");
    expect(JSON.stringify(await db.select().from(upstreamClients))).not.toContain("a-secret");
  });

  test("whoever declines is told, and an admin finds it by its reference", async () => {
    const scene = await aScene();
    const done = await scene.connect(scene.me, "ana", "refuse");
    expect(done).toMatchObject({ kind: "failed", cause: "denied", path: `/connect/${scene.org.slug}/${scene.portal.slug}` });
    const events = await db.select().from(accessEvents).where(eq(accessEvents.orgId, scene.org.id));
    expect(events).toMatchObject([{ kind: "account_refused", outcome: "refused", reason: "denied", correlationId: done.kind === "failed" && done.reference }]);
  });

  test("a sign-in at a provider has one reference on its way out and back; one that cannot begin has one too", async () => {
    const scene = await aScene();
    await startConnecting(scene.me, scene.input);
    const [flow] = await db.select().from(connectFlows).where(eq(connectFlows.orgId, scene.org.id));
    expect(isReference(flow?.correlationId ?? "")).toBe(true);
    await scene.connect(scene.me, "ana");
    const closed = await aScene({ registers: false });
    const refused = await startConnecting(closed.me, closed.input).catch((error: Error) => error.message);
    const [connected] = await db.select().from(accessEvents).where(eq(accessEvents.orgId, scene.org.id));
    const [failed] = await db.select().from(accessEvents).where(eq(accessEvents.orgId, closed.org.id));
    expect(connected).toMatchObject({ kind: "account_connected", correlationId: expect.stringMatching(/^ref_/) });
    expect(failed).toMatchObject({ kind: "account_refused", reason: "no_registration", email: closed.person.email });
    expect(refused).toContain(`give this reference: ${failed?.correlationId}`);
  });

  test("only the browser session that left can come back, and once", async () => {
    const scene = await aScene();
    const { url } = await startConnecting(scene.me, scene.input);
    const back = (await signInAt(url, "ana")).searchParams;
    const ben = await scene.another();
    const before = scene.oidc.asked.length;
    for (const stranger of [ben.me, { ...scene.me, sessionId: "ses_other" }])
      expect(await finishConnecting(stranger, back)).toMatchObject({ kind: "failed", cause: "foreign_state", path: null });
    expect(scene.oidc.asked).toHaveLength(before);
    expect((await finishConnecting(scene.me, back)).kind).toBe("connected");
    expect(await finishConnecting(scene.me, back)).toMatchObject({ kind: "failed", cause: "foreign_state" });
  });

  test("by client metadata document, where providers can read it", async () => {
    const before = process.env.PUBLIC_URL;
    Object.assign(process.env, { PUBLIC_URL: "https://gatehouse.test", EGRESS_ALLOW: "loopback" });
    for (const name of ["env", "egress"] as const) forget(name);
    try {
      const scene = await aScene({
        registers: false,
        documents: (url) => (url === "https://gatehouse.test/oauth/client-metadata.json" ? clientDocument() : new Response(null, { status: 404 })),
      });
      expect((await scene.connect(scene.me, "ana")).kind).toBe("connected");
      expect(await db.select({ id: upstreamClients.clientId }).from(upstreamClients).where(eq(upstreamClients.serverId, scene.server.id))).toEqual([
        { id: "https://gatehouse.test/oauth/client-metadata.json" },
      ]);
    } finally {
      process.env.PUBLIC_URL = before;
      delete process.env.EGRESS_ALLOW;
      for (const name of ["env", "egress"] as const) forget(name);
    }
  });
});

describe("staying connected", () => {
  test("an expired token is renewed once for everybody who calls, and the refresh token rotates", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    const first = await loadCredential(db, scene.ref);
    const token = await aLastingToken(db, scene.grant.id);
    await db
      .update(grants)
      .set({ expiresAt: new Date(Date.now() + 30 * 24 * hour) })
      .where(eq(grants.id, scene.grant.id));
    laterBy(2 * hour);
    const before = scene.oidc.asked.filter((path) => path === "/token").length;
    expect(await Promise.all(Array.from({ length: 8 }, () => scene.call(token)))).toEqual(Array(8).fill("you are ana"));
    expect(scene.oidc.asked.filter((path) => path === "/token")).toHaveLength(before + 1);
    const second = await loadCredential(db, scene.ref);
    expect(second?.refreshToken).not.toBe(first?.refreshToken);
  });

  test("a token that the server refuses early is renewed, and the call goes through", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    laterBy(60_000);
    scene.oidc.living.clear();
    expect(await scene.call()).toBe("you are ana");
    const outcomes = () => db.select({ outcome: calls.outcome }).from(calls).where(eq(calls.orgId, scene.org.id));
    await eventually(async () => expect(await outcomes()).toEqual([{ outcome: "ok" }]));
  });

  test("a provider that is down keeps the credential; when it is back, calls go on", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    const token = await aLastingToken(db, scene.grant.id);
    await db
      .update(grants)
      .set({ expiresAt: new Date(Date.now() + 30 * 24 * hour) })
      .where(eq(grants.id, scene.grant.id));
    laterBy(2 * hour);
    scene.oidc.failsWith = 503;
    expect(await scene.call(token)).toContain("sign-in service does not answer right now");
    expect(await stateOf(scene)).toMatchObject({ state: "connected" });
    expect(await listServerConnections(scene.ctx, scene.server.id)).toMatchObject([{ problem: expect.stringContaining("did not answer") }]);
    scene.oidc.failsWith = null;
    await setServerOAuth(scene.ctx, {
      serverId: scene.server.id,
      scopes: [],
      allowUnannouncedS256: false,
      issuer: "",
      authorizationEndpoint: "",
      tokenEndpoint: "",
      revocationEndpoint: "",
    });
    expect(await scene.call(token)).toBe("you are ana");
    expect(await listServerConnections(scene.ctx, scene.server.id)).toMatchObject([{ problem: null }]);
  });

  test("a grant that the provider ended asks to reconnect, and reconnecting mends it", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    const credential = await loadCredential(db, scene.ref);
    await (await scene.oidc.provider.RefreshToken.find(credential?.refreshToken ?? ""))?.destroy();
    scene.oidc.living.clear();
    laterBy(60_000);
    expect(await scene.call()).toContain("connect your account again");
    expect(await stateOf(scene)).toMatchObject({ state: "reconnect" });
    await scene.connect(scene.me, "ana");
    expect(await scene.call()).toBe("you are ana");
  });

  test("a tool that wants more permissions asks for them; the others go on meanwhile", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    expect(await scene.call(scene.token, "write")).toContain("needs more permissions");
    expect(await scene.call()).toBe("you are ana");
    expect(await stateOf(scene)).toMatchObject({ state: "reconnect" });
    await scene.connect(scene.me, "ana");
    expect(await scene.call(scene.token, "write")).toBe("you are ana");
    expect(await stateOf(scene)).toMatchObject({ state: "connected" });
  });
});

describe("ending", () => {
  test("disconnecting is in force with the next call, and the provider forgets the grant", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    expect(await scene.call()).toBe("you are ana");
    const credential = await loadCredential(db, scene.ref);
    expect(await disconnectMine(scene.me, scene.input)).toEqual({ revoked: true });
    const before = scene.upstream.calls.length;
    expect(await scene.call()).toContain("connect your account");
    expect(scene.upstream.calls).toHaveLength(before);
    expect(await scene.oidc.provider.RefreshToken.find(credential?.refreshToken ?? "")).toBeUndefined();
  });

  test("a server that names another issuer gets nothing of the former one's", async () => {
    const scene = await aScene();
    const ben = await scene.another();
    await scene.connect(scene.me, "ana");
    await scene.connect(ben.me, "ben");
    const next: OidcFixture = await startOidc();
    running.push(next);
    scene.guard.by = next;
    await scene.connect(scene.me, "ana-there");
    expect(await scene.call()).toBe("you are ana-there");
    expect(await scene.call(ben.token)).toContain("connect your account");
    expect(await db.select({ issuer: connections.issuer }).from(connections).where(eq(connections.serverId, scene.server.id))).toEqual([
      { issuer: next.issuer },
    ]);
    expect(next.asked.filter((path) => path === "/token")).toHaveLength(1);
  });

  test("another URL drops everybody's connections and the clients, also of who is on the way", async () => {
    const scene = await aScene();
    await scene.connect(scene.me, "ana");
    const { url } = await startConnecting(scene.me, scene.input);
    const back = await signInAt(url, "ana");
    await updateServer(scene.ctx, { serverId: scene.server.id, url: "https://elsewhere.test/mcp", name: "Guarded", description: "", callTimeoutSeconds: 60 });
    expect(await db.select().from(connections).where(eq(connections.serverId, scene.server.id))).toEqual([]);
    expect(await db.select().from(upstreamClients).where(eq(upstreamClients.serverId, scene.server.id))).toEqual([]);
    expect(await finishConnecting(scene.me, back.searchParams)).toMatchObject({ kind: "failed", cause: "foreign_state" });
  });
});

describe("the shared account", () => {
  const session = "ses_admin";
  async function connectShared(scene: Scene, name: string) {
    const { url, host } = await startSharedConnection(scene.ctx, { serverId: scene.server.id }, session);
    expect(host).toBe(new URL(scene.oidc.issuer).host);
    return finishConnecting({ ...scene.me, sessionId: session }, (await signInAt(url, name)).searchParams);
  }

  test("reads the lists and serves everybody; without it the status says so", async () => {
    const scene = await aScene({}, "shared");
    const { org, server, person } = scene;
    await aMember(db, org.id, person.id, "admin");
    const ref = { orgId: org.id, serverId: server.id };
    expect(await syncServer(db, ref, "schedule")).toMatchObject({ kind: "failed", message: expect.stringContaining("no shared account is connected") });
    expect(await scene.call()).toContain("an admin has to connect one");
    expect(await connectShared(scene, "robot")).toMatchObject({
      kind: "connected",
      isShared: true,
      path: `/admin/${org.slug}/servers/${server.id}?connected=shared`,
    });
    const ben = await scene.another();
    expect([await scene.call(), await scene.call(ben.token)]).toEqual(["you are robot", "you are robot"]);
    expect(await syncServer(db, ref, "schedule")).toMatchObject({ kind: "done" });
    expect(await db.select({ status: servers.status }).from(servers).where(eq(servers.id, server.id))).toEqual([{ status: "ready" }]);
  });

  test("never stands in for a person's own, and only an admin can finish connecting it", async () => {
    const scene = await aScene();
    expect(await connectShared(scene, "robot")).toMatchObject({ kind: "failed", cause: "foreign_state" });
    await aMember(db, scene.org.id, scene.person.id, "admin");
    expect((await connectShared(scene, "robot")).kind).toBe("connected");
    expect(await scene.call()).toContain("connect your account");
  });
});
