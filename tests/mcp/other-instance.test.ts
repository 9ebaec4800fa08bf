import { eq, sql } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { accessTokens, assignments, grants, organizations, policies } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { testDatabase } from "@/tests/support/database";
import { anEchoPortal, legacyHeaders, message, mountsOf } from "./harness";

const db = await testDatabase();

/** A change as it reaches this process from another one: rows and version, and nobody here who knows of it. */
async function elsewhere(orgId: string, change: (tx: Database) => Promise<unknown>) {
  await db.transaction(async (tx) => {
    await change(tx);
    await tx
      .update(organizations)
      .set({ accessVersion: sql`${organizations.accessVersion} + 1` })
      .where(eq(organizations.id, orgId));
  });
}

async function aBusyPortal() {
  const live = await anEchoPortal(db);
  const [mount] = await mountsOf(live);
  const call = async () => {
    const got = await mount?.send({ headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) });
    return got?.status === 200 ? (got.json.error?.code ?? "served") : got?.status;
  };
  expect(await call()).toBe("served");
  return { live, call };
}

const within = { timeout: 1_000, interval: 20 };

// Design 4.16: on the instance that changed it with the next request (front-door.test.ts), elsewhere within a second.
test.each([
  ["a revoked grant", 401, (live: Live) => (tx: Database) => tx.update(grants).set({ revokedAt: new Date() }).where(eq(grants.id, live.grant.id))],
  ["a revoked token", 401, (live: Live) => (tx: Database) => tx.delete(accessTokens).where(eq(accessTokens.grantId, live.grant.id))],
  [
    "a changed policy",
    403,
    (live: Live) => (tx: Database) =>
      tx
        .update(policies)
        .set({ include: [{ kind: "email_domain", domain: "other.test" }] })
        .where(eq(policies.id, live.policy.id)),
  ],
  ["a server taken from the portal", -32602, (live: Live) => (tx: Database) => tx.delete(assignments).where(eq(assignments.portalId, live.portal.id))],
] as const)("%s on another instance is in force here within a second, while calls go on", async (_, expected, change) => {
  const { live, call } = await aBusyPortal();
  await elsewhere(live.org.id, change(live));
  await vi.waitFor(async () => expect(await call()).toBe(expected), within);
});

type Live = Awaited<ReturnType<typeof anEchoPortal>>;
