import { eq } from "drizzle-orm";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { GET as clientDocument } from "@/app/oauth/client-metadata.json/route";
import { accessTokens, grants } from "@/drizzle/schema";
import { setServerOAuth, setUpstreamClient } from "@/lib/connections/commands";
import { disconnectMine } from "@/lib/connections/mine";
import { getServerOAuth, listMyConnections, listServerConnections } from "@/lib/connections/queries";
import { listRefusals } from "@/lib/connections/refusals";
import { loadCredential } from "@/lib/connections/store";
import { forget } from "@/lib/singleton";
import { hit } from "@/lib/throttle/throttle";
import { testDatabase } from "../support/database";
import { byHand, type OAuthScene, oauthScenes } from "../support/oauth-scene";
import { type ProviderOptions, startOidc } from "../support/oidc";

// What becomes of an account at a server's sign-in service, and what the person's page and the admins' say of it.
const db = await testDatabase();
const { aScene, running, closeAll } = oauthScenes(db);
afterAll(closeAll);
afterEach(() => {
  vi.useRealTimers();
  underName(publicUrl);
});

const publicUrl = process.env.PUBLIC_URL;

/** A provider can read our document only under a public name. */
function underName(name: string | undefined) {
  process.env.PUBLIC_URL = name;
  if (name === publicUrl) delete process.env.EGRESS_ALLOW;
  else process.env.EGRESS_ALLOW = "loopback";
  for (const one of ["env", "egress"] as const) forget(one);
}

const secret = "a-secret-known-to-two";
const connected = (scene: OAuthScene) => scene.connect(scene.me, "ana");
const later = (minutes: number) => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
const enterClient = ({ ctx, server, oidc }: OAuthScene) =>
  setUpstreamClient(ctx, { serverId: server.id, issuer: oidc.issuer, clientId: "by-hand", clientSecret: secret, authentication: "auto" });

/** Another sign-in service takes over: the server knows nobody's tokens any more. */
async function moveOn(scene: OAuthScene) {
  const next = await startOidc();
  running.push(next);
  scene.guard.by = next;
}

async function endTheGrant(scene: OAuthScene) {
  const credential = await loadCredential(db, scene.ref);
  await (await scene.oidc.provider.RefreshToken.find(credential?.refreshToken ?? ""))?.destroy();
  scene.oidc.living.clear();
  later(2);
}

type Case = {
  provider?: ProviderOptions;
  happens(scene: OAuthScene): Promise<unknown>;
  /** The call that a person makes then; its tool, and what they are told. */
  tool?: string;
  said: string;
  /** On `/connect`: the state, and the sentence about it. */
  person: [state: string, problem: string | null];
  /** On the server's Connections tab: the same, null where nobody is listed; who we are there; what came to nothing. */
  admin: [state: string, problem: string | null] | null;
  client?: string | null;
  refusal?: string;
};

const cases: Record<string, Case> = {
  "registered by itself": { happens: connected, said: "you are ana", person: ["connected", null], admin: ["connected", null], client: "registration" },
  "known by its document": {
    provider: { registers: false, documents: () => clientDocument() },
    happens: async (scene) => {
      underName("https://gatehouse.test");
      await connected(scene);
      underName(publicUrl);
    },
    said: "you are ana",
    person: ["connected", null],
    admin: ["connected", null],
    client: "document",
  },
  "entered by hand": {
    provider: { registers: false, clients: [byHand(secret)] },
    happens: async (scene) => {
      await enterClient(scene);
      await connected(scene);
    },
    said: "you are ana",
    person: ["connected", null],
    admin: ["connected", null],
    client: "admin",
  },
  "neither registered nor entered": {
    provider: { registers: false },
    happens: (scene) => expect(connected(scene)).rejects.toThrow(/an admin has to enter a client ID\. If you ask for help, give this reference: ref_/),
    said: "connect your account",
    person: ["needs_connection", null],
    admin: null,
    client: null,
    refusal: "takes no automatic registration",
  },
  "declined by the person": {
    happens: (scene) => scene.connect(scene.me, "ana", "refuse"),
    said: "connect your account",
    person: ["needs_connection", null],
    admin: null,
    refusal: "access was declined",
  },
  "renewed with a new refresh token": {
    happens: async (scene) => {
      await connected(scene);
      const before = await loadCredential(db, scene.ref);
      later(70);
      expect(await scene.call()).toBe("you are ana");
      expect((await loadCredential(db, scene.ref))?.refreshToken).not.toBe(before?.refreshToken);
    },
    said: "you are ana",
    person: ["connected", null],
    admin: ["connected", null],
  },
  "given back": {
    happens: async (scene) => {
      await connected(scene);
      const credential = await loadCredential(db, scene.ref);
      expect(await disconnectMine(scene.me, scene.input)).toEqual({ revoked: true });
      expect(await scene.oidc.provider.RefreshToken.find(credential?.refreshToken ?? "")).toBeUndefined();
    },
    said: "connect your account",
    person: ["needs_connection", null],
    admin: null,
  },
  "at its end, without a way to renew it": {
    provider: { refreshes: false },
    happens: async (scene) => {
      await connected(scene);
      later(70);
    },
    said: "connect your account again",
    person: ["reconnect", "connect it again, and calls work at once"],
    admin: ["reconnect", "has to be connected again"],
  },
  "short of a permission": {
    happens: connected,
    tool: "write",
    said: "needs more permissions",
    person: ["reconnect", "connect it again to give them, the other tools work meanwhile"],
    admin: ["reconnect", "wants more permissions"],
  },
  "ended by the provider (invalid_grant)": {
    happens: async (scene) => {
      await connected(scene);
      await endTheGrant(scene);
    },
    said: "connect your account again",
    person: ["reconnect", "connect it again, and calls work at once"],
    admin: ["reconnect", "has to be connected again"],
  },
  "not renewed by a provider that is down (503)": {
    happens: async (scene) => {
      await connected(scene);
      scene.oidc.failsWith = 503;
      later(70);
    },
    said: "sign-in service does not answer right now",
    person: ["connected", "did not answer when your connection was to be renewed"],
    admin: ["connected", "did not answer when the connection was to be renewed"],
  },
  "of an issuer that the server left": {
    happens: async (scene) => {
      await connected(scene);
      later(2);
      await moveOn(scene);
    },
    said: "connect your account again",
    person: ["reconnect", "connect it again, and calls work at once"],
    admin: ["reconnect", "has to be connected again"],
  },
  "of an issuer that the server left, since a colleague connected at the new one": {
    happens: async (scene) => {
      await connected(scene);
      await moveOn(scene);
      const { me } = await scene.another();
      await scene.connect(me, "ben");
      await disconnectMine(me, scene.input);
    },
    said: "connect your account",
    person: ["needs_connection", null],
    admin: null,
  },
  "with a client for an issuer that the server left": {
    provider: { registers: false, clients: [byHand(secret)] },
    happens: async (scene) => {
      await enterClient(scene);
      await moveOn(scene);
      await expect(connected(scene)).rejects.toThrow(/an admin has to review it/);
    },
    said: "connect your account",
    person: ["needs_connection", null],
    admin: null,
    client: "admin",
    refusal: "another sign-in service than the one its client ID belongs to",
  },
};

test.each(Object.entries(cases))("an account %s: the call, the person's page and the admins' page say so", async (_name, { happens, ...expected }) => {
  const scene = await aScene(expected.provider);
  const { org, portal, person, server, ctx, token } = scene;
  await db.update(accessTokens).set({ expiresAt: inAWeek() }).where(eq(accessTokens.grantId, scene.grant.id));
  await db.update(grants).set({ expiresAt: inAWeek() }).where(eq(grants.id, scene.grant.id));
  await happens(scene);
  expect(await scene.call(token, expected.tool)).toContain(expected.said);

  const [mine] = await listMyConnections(db, { orgId: org.id, portalId: portal.id, personId: person.id });
  expect(mine?.state).toBe(expected.person[0]);
  expectWords(mine?.problem, expected.person[1]);
  const [listed] = await listServerConnections({ ...ctx, now: new Date() }, server.id);
  expect(listed?.state ?? null).toBe(expected.admin?.[0] ?? null);
  expectWords(listed?.problem, expected.admin?.[1] ?? null);
  if (expected.client !== undefined) expect((await getServerOAuth(ctx, server.id)).client?.origin ?? null).toBe(expected.client);
  const refusals = await listRefusals(ctx, server.id);
  expect(refusals.map(({ email }) => email)).toEqual(expected.refusal ? [person.email] : []);
  if (expected.refusal) expect(refusals[0]?.words).toContain(expected.refusal);
});

test("an account whose provider says who it is has that name on both pages, and keeps it when it is renewed", async () => {
  const scene = await aScene();
  const { org, portal, person, server, ctx } = scene;
  const byItself = { issuer: "", authorizationEndpoint: "", tokenEndpoint: "", revocationEndpoint: "" };
  await setServerOAuth(ctx, { serverId: server.id, scopes: ["openid", "email"], allowUnannouncedS256: false, ...byItself });
  await connected(scene);
  const labels = async () => {
    const [mine] = await listMyConnections(db, { orgId: org.id, portalId: portal.id, personId: person.id });
    const [listed] = await listServerConnections(ctx, server.id);
    return [mine?.label, listed?.label];
  };
  expect(await labels()).toEqual(["ana@provider.test", "ana@provider.test"]);
  later(2);
  scene.oidc.living.clear();
  expect(await scene.call()).toBe("you are ana");
  expect(await labels()).toEqual(["ana@provider.test", "ana@provider.test"]);
});

test("who begins to connect over and over has to wait, and nobody else", async () => {
  const scene = await aScene();
  for (let i = 0; i < 30; i++) await hit(db, `connect:${scene.person.id}`, { limit: 30, windowSeconds: 600 }, scene.me.now);
  const before = scene.oidc.asked.length;
  await expect(connected(scene)).rejects.toMatchObject({ code: "limit" });
  expect(scene.oidc.asked).toHaveLength(before);
  expect((await scene.connect((await scene.another()).me, "ben")).kind).toBe("connected");
});

const inAWeek = () => new Date(Date.now() + 7 * 86_400_000);

function expectWords(said: string | null | undefined, wanted: string | null) {
  if (wanted === null) expect(said ?? null).toBeNull();
  else expect(said).toContain(wanted);
}
