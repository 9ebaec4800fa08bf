import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { connections, organizations, upstreamClients } from "@/drizzle/schema";
import type { UpstreamClient, UpstreamCredential } from "@/lib/mcp/upstream-auth";
import { testDatabase } from "@/tests/support/database";
import { anOrg, aPerson, aServer } from "@/tests/support/factories";
import type { ConnectionRef } from "./sealed";
import { connectionStore, loadCredential, noteChallenge } from "./store";

const db = await testDatabase();
const url = "https://server.test/mcp";
const nothing = async () => {};

async function aPlace() {
  const { org } = await anOrg(db);
  const server = await aServer(db, org.id, { url, auth: "oauth" });
  const person = await aPerson(db);
  const ref: ConnectionRef = { orgId: org.id, serverId: server.id, personId: person.id };
  const version = async () => (await db.select({ v: organizations.accessVersion }).from(organizations).where(eq(organizations.id, org.id)))[0]?.v ?? 0;
  return { ref, version, connecting: connectionStore(db, ref, url, { kind: "connect", record: nothing }), renewing: connectionStore(db, ref, url, null) };
}

const credential = (accessToken: string, more: Partial<UpstreamCredential> = {}): UpstreamCredential => ({
  issuer: "https://auth.test",
  clientId: "us",
  authentication: "none",
  grant: "code",
  resource: url,
  tokenEndpoint: "https://auth.test/token",
  revocationEndpoint: null,
  requestedScopes: ["read"],
  stepUps: { count: 0, since: new Date("2026-01-01") },
  accessToken,
  refreshToken: "refresh",
  obtainedAt: new Date("2026-01-01"),
  expiresAt: null,
  grantedScopes: ["read"],
  state: "active",
  ...more,
});

const client = (clientId: string, more: Partial<UpstreamClient> = {}): UpstreamClient => ({
  issuer: "https://auth.test",
  clientId,
  origin: "registration",
  authentication: "none",
  secret: null,
  redirectUri: "https://gatehouse.test/cb",
  secretExpiresAt: null,
  ...more,
});

test("a credential comes back as it went in, dates and nulls too, and is not readable in its row", async () => {
  const { ref, connecting } = await aPlace();
  await connecting.saveCredential(credential("a-plain-token"));
  expect(await loadCredential(db, ref)).toEqual({ ...credential("a-plain-token"), challenge: null });
  const [row] = await db.select().from(connections).where(eq(connections.serverId, ref.serverId));
  expect(JSON.stringify(row)).not.toMatch(/a-plain-token|"refresh"/);
  expect(await loadCredential(db, { ...ref, personId: null })).toBeNull();
});

test("a renewal that ends after the person disconnected brings nothing back", async () => {
  const { ref, connecting, renewing, version } = await aPlace();
  await connecting.saveCredential(credential("first"));
  const before = await version();
  await renewing.saveCredential(credential("second"));
  expect(await version()).toBe(before);
  await connectionStore(db, ref, url, { kind: "disconnect", record: nothing }).dropCredential();
  expect(await version()).toBe(before + 1);
  await renewing.saveCredential(credential("third"));
  expect(await loadCredential(db, ref)).toBeNull();
});

test("nobody is connected to a server that moved while they signed in", async () => {
  const { ref } = await aPlace();
  const elsewhere = connectionStore(db, ref, "https://former.test/mcp", { kind: "connect", record: nothing });
  await expect(elsewhere.saveCredential(credential("t"))).rejects.toMatchObject({ code: "conflict" });
  expect(await loadCredential(db, ref)).toBeNull();
});

test("work on one connection runs one after the other; without a connection there is nothing to hold", async () => {
  const { connecting, renewing } = await aPlace();
  expect(await renewing.exclusively(async () => "free")).toBe("free");
  await connecting.saveCredential(credential("t"));
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => renewing.exclusively(work)));
  expect(most).toBe(1);
  await expect(renewing.exclusively(async () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await renewing.exclusively(async () => "free again")).toBe("free again");
});

test("what a server wants beyond the tokens is kept beside them, but not over newer ones", async () => {
  const { ref, connecting, renewing } = await aPlace();
  const challenge = { resourceMetadata: null, scopes: ["write"], error: "insufficient_scope" };
  await connecting.saveCredential(credential("t"));
  await noteChallenge(db, ref, challenge, "forbidden", new Date());
  expect(await loadCredential(db, ref)).toMatchObject({ accessToken: "t", state: "active", challenge });
  await renewing.saveCredential(credential("newer"));
  expect(await loadCredential(db, ref)).toMatchObject({ accessToken: "newer", challenge: null });
});

test("of two registrations at once the first stays; an admin's is never replaced, an expired one is", async () => {
  const { ref, renewing } = await aPlace();
  // Between what `two` reads and what it writes, `one` is there.
  const late = new Proxy(db, {
    get(target, name) {
      if (name !== "insert") return Reflect.get(target, name, target);
      return () => ({
        values: (row: typeof upstreamClients.$inferInsert) => ({
          async onConflictDoNothing() {
            await renewing.saveClient(client("one"));
            await target.insert(upstreamClients).values(row).onConflictDoNothing();
          },
        }),
      });
    },
  });
  await connectionStore(late, ref, url, null).saveClient(client("two"));
  expect((await renewing.loadClient("https://auth.test"))?.clientId).toBe("one");
  await renewing.saveClient(client("three"));
  expect((await renewing.loadClient("https://auth.test"))?.clientId).toBe("one");
  expect(await renewing.loadClient("https://other.test")).toBeNull();
  await renewing.dropClient("https://auth.test");
  await renewing.saveClient(client("old", { secret: "s", secretExpiresAt: new Date("2026-01-01") }));
  await renewing.saveClient(client("new"));
  expect((await renewing.loadClient("https://auth.test"))?.clientId).toBe("new");
  await renewing.dropClient("https://auth.test");
  await renewing.saveClient(client("by-hand", { origin: "admin" }));
  await renewing.saveClient(client("automatic"));
  await renewing.dropClient("https://auth.test");
  const rows = await db.select({ id: upstreamClients.clientId }).from(upstreamClients).where(eq(upstreamClients.serverId, ref.serverId));
  expect(rows).toEqual([{ id: "by-hand" }]);
});

test("what cannot be opened any more is as good as none, and can be connected and registered anew", async () => {
  const { ref, connecting, renewing } = await aPlace();
  await connecting.saveCredential(credential("t"));
  await renewing.saveClient(client("former"));
  await db.update(connections).set({ secret: "v1.gone.AAAA.AAAA" }).where(eq(connections.serverId, ref.serverId));
  await db.update(upstreamClients).set({ secret: "v1.gone.AAAA.AAAA" }).where(eq(upstreamClients.serverId, ref.serverId));
  expect([await renewing.loadCredential(), await renewing.loadClient("https://auth.test")]).toEqual([null, null]);
  await renewing.saveClient(client("next"));
  await connecting.saveCredential(credential("again"));
  expect((await renewing.loadClient("https://auth.test"))?.clientId).toBe("next");
  expect((await renewing.loadCredential())?.accessToken).toBe("again");
});
