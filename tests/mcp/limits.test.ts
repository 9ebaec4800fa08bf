import { request as httpRequest } from "node:http";
import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { accessEvents } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { limits } from "@/lib/limits";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { aGrant, aPerson } from "@/tests/support/factories";
import { anEchoPortal, fakeUpstream, holdingUpstream, type LivePortal, legacyHeaders, message, mountsOf } from "./harness";

const db: Database = await testDatabase();
const plenty = { grant: 1_000, person: 1_000, organization: 1_000, server: 1_000 };
const slow = { grant: 1_000, person: 1_000, organization: 1_000, stranger: 1_000 };
const burst = limits.rateBurstSeconds;

const throttled = async ({ org, endpoint }: LivePortal) => {
  await endpoint.background.drained();
  return (await db.select().from(accessEvents).where(eq(accessEvents.orgId, org.id))).filter(({ kind }) => kind === "throttled");
};
const calling = (token: string, id: unknown = 1) => ({ headers: legacyHeaders(token), body: message("tools/call", { name: "echo" }, id) });

describe("ME-14, AV-03: calls at once", () => {
  test.each(["grant", "person", "organization", "server"] as const)(
    "a full %s is 429 with Retry-After, for the next one only, and leaves no row each",
    async (kind) => {
      const upstream = holdingUpstream();
      const live = await anEchoPortal(db, { send: upstream.send, atOnce: { ...plenty, [kind]: 2 } });
      const [mount] = await mountsOf(live);
      const first = [1, 2].map((id) => mount?.send(calling(live.token, id)));
      await upstream.arrived(2);
      const over = [await mount?.send(calling(live.token, "over")), await mount?.send(calling(live.token, "again"))];
      expect(over.map((got) => got && [got.status, got.headers.get("retry-after"), got.json.id, got.json.error?.code])).toEqual([
        [429, kind === "server" ? "2" : "1", "over", -32000],
        [429, kind === "server" ? "2" : "1", "again", -32000],
      ]);
      expect(await throttled(live)).toMatchObject([{ outcome: "refused", personId: live.person.id, portalId: live.portal.id }]);
      upstream.release();
      expect((await Promise.all(first)).map((got) => got?.status)).toEqual([200, 200]);
      const again = mount?.send(calling(live.token));
      await upstream.arrived(3);
      upstream.release();
      expect((await again)?.status).toBe(200);
      expect(await live.rows()).toHaveLength(3);
      expect(live.endpoint.ports.slots.total).toBe(0);
    },
  );

  test("one client that is busy leaves room for another of the same person, and a busy person for others", async () => {
    const upstream = holdingUpstream();
    const live = await anEchoPortal(db, { send: upstream.send, atOnce: { ...plenty, grant: 2, person: 3 } });
    const second = await aGrant(db, live.portal, live.person.id, live.resource);
    const other = await aGrant(db, live.portal, (await aPerson(db)).id, live.resource);
    const [mount] = await mountsOf(live);
    const held = [live.token, live.token, second.token, other.token].map((token) => mount?.send(calling(token)));
    await upstream.arrived(4);
    expect((await mount?.send(calling(second.token)))?.status).toBe(429);
    upstream.release();
    expect((await Promise.all(held)).map((got) => got?.status)).toEqual([200, 200, 200, 200]);
  });

  test("section 4: eight of a token, sixteen of a person, sixty-four of an organization", () => {
    expect(limits.callsAtOnce).toEqual({ grant: 8, person: 16, organization: 64, server: 64 });
  });
});

describe("ME-14: requests a second", () => {
  test.each(["grant", "person", "organization"] as const)("more than the %s may send is 429 with Retry-After before the body has arrived", async (kind) => {
    const live = await anEchoPortal(db, { perSecond: { ...slow, [kind]: 1 } });
    for (const mount of await mountsOf(live)) {
      const before = await Promise.all(Array.from({ length: burst }, () => mount.send({ headers: legacyHeaders(live.token), body: message("ping") })));
      if (mount.name === "node:http") expect(before.map(({ status }) => status)).toEqual(Array(burst).fill(200));
      // Its body never ends, so only who has not read it can answer.
      const got = await mount.send({ headers: legacyHeaders(live.token), body: endless() });
      expect([got.status, Number(got.headers.get("retry-after")) >= 1, got.json.error?.code]).toEqual([429, true, -32000]);
    }
    expect(await throttled(live)).toHaveLength(1);
    expect(await live.rows()).toHaveLength(0);
  });

  test("what one instance let through counts on the other as well", async () => {
    const perSecond = { ...slow, person: 1 };
    const here = await anEchoPortal(db, { perSecond });
    const there = await anotherInstance(here, perSecond);
    const [[one], [other]] = [await mountsOf(here), await mountsOf(there)];
    const ping = { headers: legacyHeaders(here.token), body: message("ping") };
    expect((await other?.send(ping))?.status).toBe(200);
    for (const { endpoint } of [here, there]) await endpoint.rates.exchange();
    for (let i = 0; i < burst; i++) await one?.send(ping);
    expect((await one?.send(ping))?.status).toBe(429);
    expect((await other?.send(ping))?.status).toBe(200);
    for (const { endpoint } of [here, there, here]) await endpoint.rates.exchange();
    expect((await other?.send(ping))?.status).toBe(429);
  });

  test("an address that many refused tokens came from waits, with them whoever shares it; requests without a token do not count", async () => {
    const live = await anEchoPortal(db, { perSecond: { ...slow, stranger: 1 } });
    const [mount] = await mountsOf(live);
    const { authorization: _, ...bare } = legacyHeaders("x");
    for (let i = 0; i < 2 * burst; i++) expect((await mount?.send({ headers: bare, body: message("ping") }))?.status).toBe(401);
    for (let i = 0; i < burst; i++) expect((await mount?.send({ headers: legacyHeaders(`gha_${i}`), body: message("ping") }))?.status).toBe(401);
    const got = await mount?.send({ headers: legacyHeaders("gha_x"), body: message("ping") });
    expect([got?.status, Number(got?.headers.get("retry-after")) >= 1]).toEqual([429, true]);
  });

  test("a check costs less than 2 µs", async () => {
    const live = await anEchoPortal(db);
    const caller = { grantId: "g", personId: "p", view: { org: { id: "o" } } } as unknown as Parameters<typeof live.endpoint.rates.check>[0];
    const rounds = Array.from({ length: 5 }, () => {
      const began = performance.now();
      for (let i = 0; i < 20_000; i++) live.endpoint.rates.check(caller);
      return ((performance.now() - began) * 1_000) / 20_000;
    });
    expect(Math.min(...rounds)).toBeLessThan(2);
  });
});

describe("AV-05: overload", () => {
  test("a process that has too much to do answers 503 with Retry-After on both mounts, before it reads anything, and is back by itself", async () => {
    const upstream = fakeUpstream();
    const live = await anEchoPortal(db, { send: upstream.send });
    for (const mount of await mountsOf(live)) {
      const crowd = aCrowd(live.endpoint.overload);
      const ping = { headers: legacyHeaders(live.token), body: message("ping") };
      const answers = await Promise.all(Array.from({ length: 60 }, () => mount.send(ping)));
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused.length).toBeGreaterThan(30);
      for (const got of refused) {
        expect(Number(got.headers.get("retry-after"))).toBeGreaterThan(0);
        expect(got.json.error?.code).toBe(-32000);
      }
      expect(answers.filter(({ status }) => status !== 503).every(({ status }) => status === 200)).toBe(true);
      await crowd.leaves();
      expect((await mount.send(ping)).status).toBe(200);
    }
  });

  test("who leaves while they wait for their turn take no place for good", async () => {
    const live = await anEchoPortal(db);
    const [mount] = await mountsOf(live);
    const crowd = aCrowd(live.endpoint.overload);
    const gone = Array.from({ length: 30 }, () => leavesAfterHeaders(mount?.url ?? "", legacyHeaders(live.token)));
    await Promise.all(gone);
    await crowd.leaves();
    await eventually(() => expect(live.endpoint.overload).toHaveProperty("size", 0), 5_000);
  });

  test("while the record takes nothing more, calls are refused before they are looked at, and a large body is not received", async () => {
    let isFull = true;
    const log = { open: async () => {}, close: () => {}, record: () => {}, flush: async () => {}, isFull: () => isFull };
    const live = await anEchoPortal(db, { log });
    const [mount] = await mountsOf(live);
    const got = await mount?.send({ headers: { ...legacyHeaders(live.token), "content-length": "900000" }, body: endless() });
    expect([got?.status, got?.headers.get("connection"), Number(got?.headers.get("retry-after")) > 0]).toEqual([503, "close", true]);
    isFull = false;
    expect((await mount?.send({ headers: legacyHeaders(live.token), body: message("ping") }))?.status).toBe(200);
  });
});

/** In each turn of the event loop eight times as many requests as are begun, none of which does anything, until they are sent away. */
function aCrowd(overload: LivePortal["endpoint"]["overload"]) {
  let isThere = true;
  const decided = (isTaken: boolean) => {
    if (isTaken) overload.leave();
  };
  const coming = (async () => {
    while (isThere) {
      // Just before a turn is theirs, so they are always the youngest.
      const again = new Promise((resolve) => setImmediate(resolve));
      for (let i = 0; i < 8 * limits.requestsPerTurn; i++) decided(overload.enter(decided));
      await again;
    }
  })();
  return {
    leaves: () => {
      isThere = false;
      return coming;
    },
  };
}

/** A client that announces a body, and then is gone. */
function leavesAfterHeaders(url: string, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const req = httpRequest(url, { method: "POST", agent: false, headers: { ...headers, "content-length": "50" } });
    req.on("error", () => resolve());
    req.flushHeaders();
    req.on("socket", (socket) => socket.once("connect", () => setImmediate(() => req.destroy(new Error("gone")))));
  });
}

async function* endless(): AsyncGenerator<Buffer> {
  yield Buffer.from("{");
  await new Promise(() => {});
}

/** A second process over the same rows, as far as a test needs one. */
async function anotherInstance(live: LivePortal, perSecond: typeof slow): Promise<LivePortal> {
  const { endpoint } = await anEchoPortal(db, { perSecond });
  return { ...live, endpoint };
}
