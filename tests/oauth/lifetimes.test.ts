import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, auditEvents, grants, portals } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { answerToken } from "@/lib/oauth/token";
import { setPortalLifetimes } from "@/lib/portals/commands";
import { setPortalLifetimesSchema } from "@/lib/portals/schema";
import { testDatabase } from "../support/database";
import { contextOf } from "../support/factories";
import { findGrant } from "../support/live-grant";
import { aCode, aPair, frontDoorFetch, type Pair, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const day = 86_400;
const later = (seconds: number) => new Date(Date.now() + seconds * 1_000);
const grantsOf = (orgId: string) => db.select().from(grants).where(eq(grants.orgId, orgId));

function refreshAt(scene: { client: { id: string } }, token: string, now: Date) {
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: scene.client.id }).toString();
  return answerToken(db, { contentType: "application/x-www-form-urlencoded", authorization: null, body, ip: "203.0.113.9", userAgent: "" }, now);
}

describe("a portal's own lifetimes", () => {
  test("count for a new connection", async () => {
    const scene = await aCode(db, door);
    await setPortalLifetimes(scene.ctx, { portalId: scene.portal.id, accessTokenMinutes: 5, grantDays: 365 });
    const pair = (await (await postForm(door, "/oauth/token", scene.form)).json()) as Pair;
    expect(pair.expires_in).toBe(300);
    expect(await findGrant(db, pair.access_token, later(290))).not.toBeNull();
    expect(await findGrant(db, pair.access_token, later(301))).toBeNull();
    const [grant] = await grantsOf(scene.org.id);
    expect(grant?.expiresAt.getTime()).toBe((grant?.createdAt.getTime() ?? 0) + 365 * day * 1_000);
  });

  test("count from the next refresh for an access token", async () => {
    const scene = await aPair(db, door);
    expect(scene.pair.expires_in).toBe(3_600);
    await setPortalLifetimes(scene.ctx, { portalId: scene.portal.id, accessTokenMinutes: 1_440, grantDays: 30 });
    expect((await refreshAt(scene, scene.pair.refresh_token, later(60))).body).toMatchObject({ expires_in: day });
  });

  test("shorten a living grant when it refreshes, with every token it has", async () => {
    const scene = await aPair(db, door);
    await setPortalLifetimes(scene.ctx, { portalId: scene.portal.id, accessTokenMinutes: 1_440, grantDays: 2 });
    const answer = await refreshAt(scene, scene.pair.refresh_token, later(day * 1.5));
    expect(answer.status).toBe(200);
    const pair = answer.body as Pair;
    expect(pair.expires_in).toBeLessThanOrEqual(day / 2);
    expect((await refreshAt(scene, pair.refresh_token, later(2 * day + 1))).body).toMatchObject({ error: "invalid_grant" });
    expect(await findGrant(db, pair.access_token, later(2 * day + 1))).toBeNull();
  });

  test("end a grant that is older than they allow, on record", async () => {
    const scene = await aPair(db, door);
    await setPortalLifetimes(scene.ctx, { portalId: scene.portal.id, accessTokenMinutes: 60, grantDays: 1 });
    expect((await refreshAt(scene, scene.pair.refresh_token, later(3 * day))).body).toMatchObject({ error: "invalid_grant" });
    const refused = and(eq(accessEvents.orgId, scene.org.id), eq(accessEvents.kind, "token_refused"));
    expect(await db.select().from(accessEvents).where(refused)).toMatchObject([{ reason: "grant_expired", email: scene.person.email }]);
    expect((await refreshAt(scene, scene.pair.refresh_token, new Date())).status).toBe(200);
    const [grant] = await grantsOf(scene.org.id);
    expect(grant?.expiresAt.getTime()).toBeLessThan(later(day + 1).getTime());
  });

  test("lengthen no living grant", async () => {
    const scene = await aPair(db, door);
    const [before] = await grantsOf(scene.org.id);
    await setPortalLifetimes(scene.ctx, { portalId: scene.portal.id, accessTokenMinutes: 60, grantDays: 300 });
    expect((await refreshAt(scene, scene.pair.refresh_token, later(day))).status).toBe(200);
    expect((await grantsOf(scene.org.id))[0]?.expiresAt).toEqual(before?.expiresAt);
  });

  test("are set by those who manage portals, once, with an audit event", async () => {
    const { ctx, org, portal, person } = await aCode(db, door);
    const input = { portalId: portal.id, accessTokenMinutes: 10, grantDays: 7 };
    await expect(setPortalLifetimes(contextOf(db, org, person, "auditor"), input)).rejects.toMatchObject({ code: "forbidden" });
    await setPortalLifetimes(ctx, input);
    await setPortalLifetimes(ctx, input);
    expect(await db.select().from(portals).where(eq(portals.id, portal.id))).toMatchObject([{ accessTokenSeconds: 600, grantDays: 7 }]);
    expect(await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id))).toMatchObject([
      { action: "portal.lifetimes_set", before: { accessTokenSeconds: null, grantDays: null }, after: { accessTokenSeconds: 600, grantDays: 7 } },
    ]);
  });

  // biome-ignore format: a table reads best as a table
  test.each([["4", "30"], ["1441", "30"], ["60", "0"], ["60", "366"], ["7.5", "30"], ["", "30"], ["x", "30"], ["60", ""]])("are refused as %j minutes and %j days", (accessTokenMinutes, grantDays) => {
    expect(setPortalLifetimesSchema.safeParse({ portalId: "ptl", accessTokenMinutes, grantDays }).success).toBe(false);
  });
});
