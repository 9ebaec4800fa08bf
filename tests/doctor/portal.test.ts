import { and, eq, like, not } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import * as schema from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { checkPortal } from "@/lib/doctor/commands";
import { doctorPorts } from "@/lib/doctor/ports";
import { type ClientId, clientIds, profiles } from "@/lib/doctor/profiles";
import { firstFailure, type Walked } from "@/lib/doctor/report";
import { makeEgress } from "@/lib/egress/request";
import { hashToken } from "@/lib/ids";
import { testDatabase } from "../support/database";
import { contextOf } from "../support/factories";
import { aPortalFor, signedIn } from "../oauth/front-door";
import { aFrontDoorServer, type Fault, settings, theInternet } from "./front-door-server";

let db: Database;
let server: Awaited<ReturnType<typeof aFrontDoorServer>>;
beforeAll(async () => {
  db = await testDatabase();
  server = await aFrontDoorServer(db);
});
afterEach(() => {
  server.fault = {};
});

const isPublic = "https://gate.acme.test";
const made = [schema.authorizations, schema.codes, schema.grants, schema.accessTokens, schema.refreshTokens, schema.mcpSessions, schema.clients] as const;
const counts = () => Promise.all(made.map((table) => db.$count(table)));
type Scene = Awaited<ReturnType<typeof aScene>>;

/** A portal, an admin whom it admits, and a world in which all is well. */
async function aScene(publicUrl = server.url) {
  settings({ PUBLIC_URL: publicUrl, OAUTH_DCR: "on", OAUTH_CIMD: "on" });
  theInternet(true);
  await db.delete(schema.throttles);
  const scene = await aPortalFor(db);
  return { ...scene, admin: contextOf(db, scene.org, scene.person, "admin") };
}

/** Runs the doctor; what it made is counted before and after. */
async function run(scene: Scene, client: ClientId, ports: Partial<ReturnType<typeof doctorPorts>> = {}): Promise<Walked> {
  const before = await counts();
  const person = { ...signedIn(db, scene.person), request: { ip: "203.0.113.7", userAgent: "Browser" } };
  const report = await checkPortal(scene.admin, { portalId: scene.portal.id, client: [client] }, person, { ...doctorPorts(), ...ports });
  expect(await counts()).toEqual(before);
  const [walked] = report.walks;
  if (!walked) throw new Error("nothing was walked");
  return walked;
}

/** The public address, as if the internet led to this machine. */
const throughTheInternet = () => {
  const loopback = makeEgress({ allow: ["loopback"] });
  const own: typeof loopback = (url, options) => loopback(String(url).replace(isPublic, server.url), options);
  return { own, outside: own };
};

describe("an app that connects as it should", () => {
  test.each(profiles.map(({ id, from }) => [id, from] as const))("%s passes every step", async (id, from) => {
    const scene = await aScene(from === "cloud" ? isPublic : server.url);
    const walked = await run(scene, id, from === "cloud" ? throughTheInternet() : {});
    expect(walked.steps.map(({ id, verdict, words }) => [id, verdict, verdict === "passed" ? "" : words])).toEqual(
      ["address", "challenge", "resource", "metadata", "registration", "authorize", "consent", "token", "refresh", "call", "revoke"].map((step) => [
        step,
        "passed",
        "",
      ]),
    );
  });

  test("all six at once leave nothing but events, which say whose they are", async () => {
    const scene = await aScene();
    const before = await counts();
    const report = await checkPortal(scene.admin, { portalId: scene.portal.id, client: [...clientIds] }, signedIn(db, scene.person));
    expect(report.walks.map(({ id }) => id)).toEqual(clientIds);
    expect(await counts()).toEqual(before);
    const events = await db.select().from(schema.accessEvents).where(eq(schema.accessEvents.orgId, scene.org.id));
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(["authorization_asked", "consent", "token_issued", "grant_revoked"]));
    expect(events.filter(({ clientName }) => !clientName?.endsWith(" (OAuth doctor)"))).toEqual([]);
    expect(new Set(events.map(({ correlationId }) => correlationId))).toEqual(new Set(report.walks.map(({ reference }) => reference)));
    const unmarked = and(eq(schema.calls.orgId, scene.org.id), not(like(schema.calls.clientName, "% (OAuth doctor)")));
    expect(await db.$count(schema.calls, unmarked)).toBe(0);
    const audits = await db.select().from(schema.auditEvents).where(eq(schema.auditEvents.orgId, scene.org.id));
    expect(audits).toMatchObject([{ action: "portal.checked", targetId: scene.portal.id, after: { Cursor: expect.stringMatching(/^passed · ref_/) } }]);
  });

  test("a visit takes no place in the limits of registration", async () => {
    const scene = await aScene();
    await run(scene, "cursor");
    const [mine] = await db
      .select()
      .from(schema.throttles)
      .where(eq(schema.throttles.key, hashToken("oauth-register")));
    expect(mine?.count).toBe(0);
  });
});

type Broken = {
  client?: ClientId;
  fault?: Fault;
  settings?: Record<string, string>;
  arrange?: (scene: Scene) => Promise<unknown>;
  ports?: () => Partial<ReturnType<typeof doctorPorts>>;
  fails: string;
  says: RegExp;
};
const html = () => new Response("<h1>Sign in</h1>", { headers: { "content-type": "text/html" } });
const only = (prefix: string, answer: Response | "never") => (path: string) => (path.startsWith(prefix) ? answer : null);
const listed = async ({ org }: Scene) => {
  await db.update(schema.organizations).set({ clients: "listed" }).where(eq(schema.organizations.id, org.id));
  await db.insert(schema.clientRules).values({ id: `clr_${org.id}`, orgId: org.id, kind: "vendor", value: "claude" });
};
const withoutPolicy = ({ portal }: Scene) => db.delete(schema.portalPolicies).where(eq(schema.portalPolicies.portalId, portal.id));
const switchedOff = ({ portal }: Scene) => db.update(schema.portals).set({ enabled: false }).where(eq(schema.portals.id, portal.id));
const unverified = ({ person }: Scene) => db.update(schema.people).set({ emailVerifiedAt: null }).where(eq(schema.people.id, person.id));
const crowd = () => {
  const windowEndsAt = new Date(Date.now() + 3_600_000);
  return db.insert(schema.throttles).values({ key: hashToken("oauth-register"), count: 5_000, windowEndsAt });
};

const broken: Record<string, Broken> = {
  "a list of clients without the app": { arrange: listed, fails: "authorize", says: /lists the apps that people may connect, and Cursor is not/ },
  "registration is switched off": { settings: { OAUTH_DCR: "off" }, fails: "registration", says: /`OAUTH_DCR=off`/ },
  "too many have registered": { arrange: crowd, fails: "registration", says: /Too many apps have registered/ },
  "nothing listens at PUBLIC_URL": { settings: { PUBLIC_URL: "http://127.0.0.1:9" }, fails: "challenge", says: /Nothing listens/ },
  "another site answers": { fault: { answers: html }, fails: "challenge", says: /200 instead of 401.*web page/ },
  "a path that is not passed on": {
    fault: { answers: only("/.well-known", new Response("", { status: 404 })) },
    fails: "resource",
    says: /404.*does not pass this path on/,
  },
  "a redirect in between": {
    fault: { answers: () => new Response(null, { status: 301, headers: { location: "https://x.test/" } }) },
    fails: "challenge",
    says: /redirects/,
  },
  "a firewall": { fault: { answers: () => new Response("no robots", { status: 403 }) }, fails: "challenge", says: /firewall/ },
  "a proxy without its upstream": { fault: { answers: () => new Response("", { status: 502 }) }, fails: "challenge", says: /502.*does not reach Gatehouse/ },
  "another name in Host": { fault: { host: "internal.acme.test" }, fails: "challenge", says: /`Host` header/ },
  "no WWW-Authenticate": { fault: { drops: ["www-authenticate"] }, fails: "challenge", says: /`WWW-Authenticate` header is missing/ },
  "metadata with http for https": {
    fault: { rewrites: (path, text) => (path.includes("protected-resource") ? text.replace("/mcp/", "/mcp2/") : text) },
    fails: "resource",
    says: /`resource` is .* and should be/,
  },
  "metadata of yesterday": {
    fault: { rewrites: (path, text) => (path.includes("authorization-server") ? text.replace("/oauth/token", "/token") : text) },
    fails: "metadata",
    says: /`token_endpoint` is .* rewrites or keeps answers/,
  },
  "no CORS": { client: "inspector", fault: { drops: ["access-control-allow-origin"] }, fails: "resource", says: /Access-Control-Allow-Origin/ },
  "a client's document out of reach": {
    client: "claude-code",
    arrange: async () => theInternet(false),
    fails: "registration",
    says: /cannot read or accept .*OAUTH_CIMD=off/,
  },
  "no cookie": { fault: { drops: ["set-cookie"] }, fails: "authorize", says: /`Set-Cookie`/ },
  "nobody is admitted": { arrange: withoutPolicy, fails: "consent", says: /policies do not admit you/ },
  "an address that is not confirmed": { arrange: unverified, fails: "consent", says: /is not confirmed/ },
  "the portal is switched off": { arrange: switchedOff, fails: "consent", says: /portal is switched off/ },
  "a token endpoint that never answers": {
    fault: { answers: only("/oauth/token", "never") },
    ports: () => ({ stepMs: 300 }),
    fails: "token",
    says: /Nothing came within 0.3 s/,
  },
  "tokens that a cache may keep": { fault: { drops: ["cache-control"] }, fails: "token", says: /no-store/ },
  "no Authorization": { fault: { eats: ["authorization"] }, fails: "call", says: /removes the `Authorization` header/ },
  "no session id": { fault: { drops: ["mcp-session-id"] }, fails: "call", says: /Mcp-Session-Id/ },
};

describe("a set-up that is broken is told by its first wrong step, and nothing is left of the attempt", () => {
  test.each(Object.entries(broken))("%s", async (_name, { client = "cursor", fault = {}, settings: given = {}, arrange, ports, fails, says }) => {
    const scene = await aScene();
    await arrange?.(scene);
    const person = { ...scene.person, ...(arrange === unverified && { emailVerifiedAt: null }) };
    settings(given);
    server.fault = fault;
    const walked = await run({ ...scene, person }, client, ports?.());
    expect(firstFailure(walked)).toMatchObject({ id: fails, words: expect.stringMatching(says) });
    const after = walked.steps.slice(walked.steps.findIndex(({ id }) => id === fails) + 1);
    expect(after.every(({ verdict, words }) => verdict === "skipped" && words === "An earlier step failed.")).toBe(true);
  });

  test("an app of the cloud cannot reach this machine; the rest is tried all the same", async () => {
    const walked = await run(await aScene(), "claude");
    expect(walked.steps.filter(({ verdict }) => verdict === "failed")).toMatchObject([{ id: "address", words: expect.stringContaining("`PUBLIC_URL`") }]);
    expect(walked.steps.at(-1)).toMatchObject({ id: "revoke", verdict: "passed" });
  });

  test("a name that leads into a private network is told apps of the cloud", async () => {
    const scene = await aScene(isPublic);
    const resolve = async () => [{ address: "10.0.0.5", family: 4 }];
    const walked = await run(scene, "claude", { ...throughTheInternet(), outside: makeEgress({ allow: [], resolve }) });
    expect(firstFailure(walked)).toMatchObject({ id: "address", words: expect.stringContaining("private network") });
  });

  test.each([
    ["hears of it a moment later", 3, { verdict: "passed" }],
    ["never hears of it", Number.POSITIVE_INFINITY, { verdict: "failed", words: "After signing out, the token still gets 200." }],
  ])("signing out, where the process that answers %s", async (_name, late, expected) => {
    const scene = await aScene();
    let left = 0;
    server.fault = {
      answers(path) {
        if (path === "/oauth/revoke") left = late;
        return path.startsWith("/mcp/") && left-- > 0 ? Response.json({}) : null;
      },
    };
    const walked = await run(scene, "cursor");
    expect(walked.steps.at(-1)).toMatchObject({ id: "revoke", ...expected });
  });

  test("the whole check ends in time", async () => {
    const scene = await aScene();
    server.fault = { answers: () => "never" };
    const walked = await run(scene, "cursor", { stepMs: 5_000, totalMs: 200 });
    expect(walked.steps.map(({ verdict }) => verdict)).toContain("skipped");
    expect(walked.steps.at(-1)).toMatchObject({ verdict: "skipped", words: "There was no time left for it." });
  });
});

describe("who may ask, and how often", () => {
  const ask = (scene: Scene, more: Partial<{ role: "auditor" | "member"; portalId: string }> = {}) => {
    const ctx = contextOf(db, scene.org, scene.person, more.role ?? "admin");
    return checkPortal(ctx, { portalId: more.portalId ?? scene.portal.id, client: ["cursor"] }, signedIn(db, scene.person));
  };

  test.each(["auditor", "member"] as const)("a person who is %s only may not", async (role) => {
    await expect(ask(await aScene(), { role })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("another organization's portal is not found, and nothing is asked there", async () => {
    const [scene, theirs] = [await aScene(), await aScene()];
    await expect(ask(scene, { portalId: theirs.portal.id })).rejects.toMatchObject({ code: "not_found" });
    expect(await db.$count(schema.accessEvents, eq(schema.accessEvents.orgId, theirs.org.id))).toBe(0);
  });

  test("not more than ten times in ten minutes", async () => {
    const scene = await aScene();
    server.fault = { answers: () => new Response("", { status: 500 }) };
    for (let i = 0; i < 10; i++) await ask(scene);
    await expect(ask(scene)).rejects.toMatchObject({ code: "limit" });
  });
});
