import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { sessions } from "@/drizzle/schema";
import type { PersonContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { newId, newToken } from "@/lib/ids";
import { listGrantsOfPerson } from "@/lib/oauth/grants";
import { testDatabase } from "@/tests/support/database";
import { aGrant, anOrg, aPerson, aPortal } from "@/tests/support/factories";
import { signOutEverywhere } from "./commands";

let db: Database;
beforeAll(async () => {
  db = await testDatabase();
});

async function aSignedIn() {
  const person = await aPerson(db);
  const aSession = async () => {
    const row = { id: newId("ses"), tokenHash: newToken("x"), personId: person.id, expiresAt: new Date(Date.now() + 60_000) };
    await db.insert(sessions).values(row);
    return row.id;
  };
  const sessionId = await aSession();
  await aSession();
  const ctx: PersonContext = {
    db,
    person: { id: person.id, email: person.email, name: person.name, emailVerified: true },
    sessionId,
    request: { ip: "127.0.0.1", userAgent: "test" },
    now: new Date(),
  };
  return { person, ctx };
}

describe("signing out", () => {
  test("everywhere ends this portal's apps and the other browsers, not this one", async () => {
    const { org } = await anOrg(db);
    const [portal, other] = [await aPortal(db, org.id), await aPortal(db, org.id)];
    const { person, ctx } = await aSignedIn();
    await aGrant(db, portal, person.id, "r");
    const elsewhere = await aGrant(db, other, person.id, "r");
    expect(await signOutEverywhere(ctx, { portalId: portal.id })).toEqual({ apps: 1, browsers: 1 });
    expect((await listGrantsOfPerson(db, person.id)).map((grant) => grant.id)).toEqual([elsewhere.grant.id]);
    const left = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.personId, person.id));
    expect(left).toEqual([{ id: ctx.sessionId }]);
  });
});
