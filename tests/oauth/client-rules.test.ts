import { and, eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { accessEvents, auditEvents, authorizations, clientRules } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { countUnlistedApps, getClientRules } from "@/lib/oauth/client-rules";
import { setClientRulesSchema, type SetClientRules } from "@/lib/oauth/schema";
import { setClientRules } from "@/lib/oauth/set-client-rules";
import { vendorIds } from "@/lib/oauth/vendors";
import { testDatabase } from "../support/database";
import { aClient, aGrant, contextOf } from "../support/factories";
import { aCode, aPair, aPortalFor, authorizeUrl, browse, frontDoorFetch, pkce, postForm } from "./front-door";

let db: Database;
let door: ReturnType<typeof frontDoorFetch>;
const { challenge } = pkce();

beforeAll(async () => {
  db = await testDatabase();
  door = frontDoorFetch(db);
});

const only = (rules: Partial<SetClientRules>): SetClientRules => ({ clients: "listed", vendor: [], redirects: "", clientIds: "", ...rules });
const restrict = (ctx: OrgContext, rules: Partial<SetClientRules> = {}) => setClientRules(ctx, only({ vendor: ["claude"], ...rules }));
const refusals = (orgId: string, kind: "authorization_refused" | "token_refused") =>
  db
    .select()
    .from(accessEvents)
    .where(and(eq(accessEvents.orgId, orgId), eq(accessEvents.kind, kind)));
const refresh = (clientId: string, token: string) => postForm(door, "/oauth/token", { grant_type: "refresh_token", refresh_token: token, client_id: clientId });
const errorOf = async (response: Response) => ((await response.json()) as { error: string }).error;

describe("at the authorization endpoint", () => {
  test("an app that is not on the list is stopped on a page that names it and whom to ask, on record, and nothing is sent to it", async () => {
    const { org, ctx, portal, resource } = await aPortalFor(db);
    await restrict(ctx);
    const client = await aClient(db, { name: "Shady <b>", redirectUris: ["https://app.test/back"] });
    for (const otherwise of [{}, { code_challenge: undefined }, { scope: "everything" }]) {
      const response = await door(authorizeUrl(client.id, resource, challenge, { redirect_uri: "https://app.test/back", ...otherwise }));
      expect([response.status, response.headers.get("location"), response.headers.get("set-cookie")]).toEqual([400, null, null]);
      const page = await response.text();
      for (const words of [org.name, "Shady &lt;b&gt;", "app.test", "Ask it@acme.test", "unauthorized_client"]) expect(page).toContain(words);
    }
    const [event, ...others] = await refusals(org.id, "authorization_refused");
    expect(others).toHaveLength(2);
    expect(event).toMatchObject({ reason: "client_not_listed", clientId: client.id, clientName: "Shady <b>", portalId: portal.id, outcome: "refused" });
    expect(await db.select().from(authorizations).where(eq(authorizations.orgId, org.id))).toEqual([]);
  });

  // biome-ignore format: a table reads best as a table
  test.each<[string, Partial<SetClientRules>, string, boolean]>([
    ["its vendor is ticked",                  { vendor: ["chatgpt"] },                            "https://chatgpt.com/connector/oauth/c1", true],
    ["another vendor is ticked",              { vendor: ["claude"] },                             "https://chatgpt.com/connector/oauth/c1", false],
    ["apps on the machine are ticked",        { vendor: ["loopback"] },                           "http://localhost:3118/callback",         true],
    ["its address is listed",                 { redirects: "https://x.test/a\nhttps://app.test/back" }, "https://app.test/back",            true],
    ["a prefix of its address is listed",     { redirects: "https://app.test/cb/" },              "https://app.test/cb/7",                  true],
    ["its address climbs out of the prefix",  { redirects: "https://app.test/cb/" },              "https://app.test/cb/../7",               false],
  ])("when %s", async (_name, rules, redirectUri, isAdmitted) => {
    const { ctx, resource } = await aPortalFor(db);
    await setClientRules(ctx, only(rules));
    const client = await aClient(db, { redirectUris: [redirectUri] });
    const { response } = await browse(door, authorizeUrl(client.id, resource, challenge, { redirect_uri: redirectUri }));
    expect(response.status).toBe(isAdmitted ? 303 : 400);
  });

  test("a listed client id is let in wherever it returns to, and the list of one organization says nothing about another", async () => {
    const [here, there] = [await aPortalFor(db), await aPortalFor(db)];
    const [mine, other] = [await aClient(db), await aClient(db)];
    await setClientRules(here.ctx, only({ clientIds: mine.id }));
    expect((await door(authorizeUrl(mine.id, here.resource, challenge))).status).toBe(303);
    expect((await door(authorizeUrl(other.id, here.resource, challenge))).status).toBe(400);
    expect((await door(authorizeUrl(other.id, there.resource, challenge))).status).toBe(303);
  });
});

test("at the token endpoint, a code that was allowed before the list changed buys nothing, on record", async () => {
  const scene = await aCode(db, door);
  await restrict(scene.ctx);
  expect(await errorOf(await postForm(door, "/oauth/token", scene.form))).toBe("invalid_grant");
  expect(await refusals(scene.org.id, "token_refused")).toMatchObject([{ reason: "client_not_listed" }]);
});

test("at refresh, an app that is not on the list any more gets invalid_grant, on record, and works again once it is back", async () => {
  const { ctx, org, client, pair } = await aPair(db, door);
  await restrict(ctx);
  expect(await countUnlistedApps(ctx)).toBe(1);
  const refused = await refresh(client.id, pair.refresh_token);
  expect([refused.status, await errorOf(refused)]).toEqual([400, "invalid_grant"]);
  // It asks again at once; the record says so once a minute.
  expect((await refresh(client.id, pair.refresh_token)).status).toBe(400);
  expect(await refusals(org.id, "token_refused")).toMatchObject([{ reason: "client_not_listed", clientId: client.id }]);
  await restrict(ctx, { vendor: ["loopback"] });
  expect(await countUnlistedApps(ctx)).toBe(0);
  expect((await refresh(client.id, pair.refresh_token)).status).toBe(200);
});

describe("the list", () => {
  test("lets any app in at first and offers every known one; what is saved is what is shown, with an audit event for each change", async () => {
    const { ctx, org } = await aPortalFor(db);
    expect(await getClientRules(ctx)).toEqual({ clients: "any", vendors: [...vendorIds], redirects: [], clientIds: [] });
    const input = only({ vendor: ["vscode", "claude"], redirects: " https://b.test/x, https://a.test/y/\n\nhttps://b.test/x", clientIds: "cli_1" });
    await setClientRules(ctx, input);
    await setClientRules(ctx, input);
    const saved = { clients: "listed", vendors: ["claude", "vscode"], redirects: ["https://a.test/y/", "https://b.test/x"], clientIds: ["cli_1"] };
    expect(await getClientRules(ctx)).toEqual(saved);
    await setClientRules(ctx, { ...input, clients: "any", clientIds: "" });
    expect(await getClientRules(ctx)).toEqual({ ...saved, clients: "any", clientIds: [] });
    const audit = await db.select().from(auditEvents).where(eq(auditEvents.orgId, org.id)).orderBy(auditEvents.id);
    expect(audit).toMatchObject([
      { action: "organization.clients_changed", before: { clients: "any", vendors: [] }, after: { clients: "listed", clientIds: ["cli_1"] } },
      { before: { clients: "listed", clientIds: ["cli_1"] }, after: { clients: "any", clientIds: [] } },
    ]);
    expect(await db.select().from(clientRules).where(eq(clientRules.orgId, org.id))).toHaveLength(4);
  });

  // biome-ignore format: a table reads best as a table
  test.each<[string, Partial<SetClientRules>, string | undefined]>([
    ["nothing at all",           {},                                                  undefined],
    ["plain http",               { redirects: "http://app.test/back" },               "redirects"],
    ["a script",                 { redirects: "javascript:alert(1)" },                "redirects"],
    ["a fragment",               { redirects: "https://app.test/#x" },                "redirects"],
    ["a wildcard",               { redirects: "https://*.app.test/" },                "redirects"],
    ["a user",                   { redirects: "https://a@app.test/" },                "redirects"],
    ["a scheme nobody allowed",  { redirects: "evil://callback" },                    "redirects"],
    ["a host in capitals",       { redirects: "https://APP.test/back" },              "redirects"],
    ["a port that goes without", { redirects: "https://app.test:443/back" },          "redirects"],
    ["dots in the path",         { redirects: "https://app.test/a/../back" },         "redirects"],
    ["a query before the slash", { redirects: "https://app.test/back?to=/" },         "redirects"],
    ["a client id with an umlaut", { clientIds: "clü" },                              "clientIds"],
    ["too many lines",           { redirects: Array.from({ length: 201 }, (_, i) => `https://app.test/${i}`).join("\n") }, "redirects"],
  ])("is refused with %s, and stays as it was", async (_name, rules, field) => {
    const { ctx } = await aPortalFor(db);
    await expect(setClientRules(ctx, only(rules))).rejects.toMatchObject({ code: "invalid", field });
    expect((await getClientRules(ctx)).clients).toBe("any");
  });

  test("is changed by those who manage the organization, and read by auditors", async () => {
    const { org, ctx, person, portal } = await aPortalFor(db);
    const auditor = contextOf(db, org, person, "auditor");
    await expect(setClientRules(auditor, only({ vendor: ["claude"] }))).rejects.toMatchObject({ code: "forbidden" });
    await restrict(ctx);
    await aGrant(db, portal, person.id, "r");
    expect(await getClientRules(auditor)).toMatchObject({ clients: "listed", vendors: ["claude"] });
    expect(await countUnlistedApps(auditor)).toBe(1);
    expect(setClientRulesSchema.safeParse(only({ vendor: ["nobody" as "claude"] })).success).toBe(false);
  });
});
