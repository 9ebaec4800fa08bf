import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { policies, serverPolicies } from "@/drizzle/schema";
import type { OrgContext } from "@/lib/auth/context";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { revokeOrgGrant, signOutClient, signOutPerson } from "@/lib/oauth/commands";
import { setToggle } from "@/lib/portals/commands";
import { eventually } from "@/tests/support/eventually";
import { testDatabase } from "@/tests/support/database";
import { type EventReader, readEvents } from "@/tests/support/event-reader";
import { aCapability, aGrant, anAssignment, aPerson, aPolicy, aServer, contextOf } from "@/tests/support/factories";
import { anEchoPortal, legacyHeaders, type LivePortal, type Mount, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();
const start = message("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } });
const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };

/** The stream of a session, or a subscription of the new era, that hears of lists. */
async function aStream(era: "2025" | "2026", mount: Mount, token: string): Promise<EventReader> {
  if (era === "2026") {
    const init = {
      method: "POST",
      headers: modernHeaders(token, "subscriptions/listen") as Record<string, string>,
      body: modernMessage("subscriptions/listen", { notifications: all }),
    };
    // No name is mirrored for this method.
    delete (init.headers as Record<string, string | undefined>)["mcp-name"];
    return readEvents(mount.fetch, mount.url, init);
  }
  const begun = await mount.send({ headers: { ...legacyHeaders(token), "mcp-protocol-version": undefined }, body: start });
  return readEvents(mount.fetch, mount.url, { headers: { ...legacyHeaders(token), "mcp-session-id": String(begun.headers.get("mcp-session-id")) } });
}

const changes = ({ messages }: EventReader) => messages.flatMap(({ method }) => /^notifications\/(.*)\/list_changed$/.exec(String(method))?.[1] ?? []);
const adminOf = (live: LivePortal): OrgContext => contextOf(db, live.org, live.person, "owner");

const cases = (["2025", "2026"] as const).flatMap((era) => [0, 1].map((at) => ({ era, at, mount: ["node:http", "route handler"][at] })));

test.each(cases)("a stream of the $era era on $mount ends when its grant is revoked", async ({ era, at }) => {
  const live = await anEchoPortal(db);
  const mount = (await mountsOf(live))[at] as Mount;
  const other = await aGrant(db, live.portal, live.person.id, live.resource);
  const [mine, kept] = [await aStream(era, mount, live.token), await aStream(era, mount, other.token)];
  await revokeOrgGrant(adminOf(live), { grantId: live.grant.id });
  await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 1), 5_000);
  await mine.ended;
  // In order: the new era says so with the result of the request.
  if (era === "2026") expect(mine.messages.at(-1)).toMatchObject({ id: 1, result: { resultType: "complete" } });
  kept.cut();
  await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 0), 5_000);
});

test("where no other process has the database, a change of this one reaches its streams as well", async () => {
  const live = await anEchoPortal(db, { isAlone: true });
  const mount = (await mountsOf(live))[0] as Mount;
  const streams = [await aStream("2025", mount, live.token), await aStream("2026", mount, live.token)];
  await setToggle(adminOf(live), { portalId: live.portal.id, capabilityId: live.tool.id, enabled: false });
  await eventually(() => expect(streams.map(changes)).toEqual([["tools"], ["tools"]]), 5_000);
  await revokeOrgGrant(adminOf(live), { grantId: live.grant.id });
  for (const stream of streams) await stream.ended;
});

test.each([
  ["their person is", (live: LivePortal) => signOutPerson(adminOf(live), { personId: live.person.id })],
  ["every app of that name is", (live: LivePortal) => signOutClient(adminOf(live), { client: "Test client" })],
] as const)("streams of both eras end, and the next request is refused, when %s signed out", async (_, signOut) => {
  const live = await anEchoPortal(db);
  const mount = (await mountsOf(live))[0] as Mount;
  const streams = [await aStream("2025", mount, live.token), await aStream("2026", mount, live.token)];
  expect(await signOut(live)).toBe(1);
  const refused = await mount.send({ headers: modernHeaders(live.token, "tools/list"), body: modernMessage("tools/list") });
  expect(refused.status).toBe(401);
  for (const stream of streams) await stream.ended;
  await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 0), 5_000);
});

test.each(cases)("a stream of the $era era on $mount ends when the portal's policy lets the person in no more", async ({ era, at }) => {
  const live = await anEchoPortal(db);
  const mount = (await mountsOf(live))[at] as Mount;
  const stream = await aStream(era, mount, live.token);
  await db
    .update(policies)
    .set({ include: [{ kind: "email", email: "somebody@else.test" }] })
    .where(eq(policies.id, live.policy.id));
  await bumpAccessVersion(db, live.org.id);
  await eventually(() => expect(live.endpoint.ports.streams).toHaveProperty("size", 0), 5_000);
  await stream.ended;
});

test.each(cases)("a toggle reaches exactly the people whose list it changes, and every list by its own name ($era era, $mount)", async ({ era, at }) => {
  const live = await anEchoPortal(db);
  const mount = (await mountsOf(live))[at] as Mount;
  const insider = await aPerson(db);
  const { token } = await aGrant(db, live.portal, insider.id, live.resource);
  const secret = await aServer(db, live.org.id, { access: "policies" });
  const [tool, prompt, resource] = await Promise.all([
    aCapability(db, live.org.id, secret.id, "tool", "launch"),
    aCapability(db, live.org.id, secret.id, "prompt", "brief"),
    aCapability(db, live.org.id, secret.id, "resource", "file:///plan"),
  ]);
  await anAssignment(db, live.org.id, live.portal.id, secret.id, [tool, prompt, resource], { position: 1 });
  const only = await aPolicy(db, live.org.id, [{ kind: "email", email: insider.email }]);
  await db.insert(serverPolicies).values({ orgId: live.org.id, serverId: secret.id, policyId: only.id, position: 0 });
  await bumpAccessVersion(db, live.org.id);
  const [outside, inside] = [await aStream(era, mount, live.token), await aStream(era, mount, token)];
  const toggle = (capabilityId: string) => setToggle(adminOf(live), { portalId: live.portal.id, capabilityId, enabled: false });

  await toggle(tool.id);
  await eventually(() => expect(changes(inside)).toEqual(["tools"]), 5_000);
  await toggle(prompt.id);
  await eventually(() => expect(changes(inside)).toEqual(["tools", "prompts"]), 5_000);
  await toggle(resource.id);
  await eventually(() => expect(changes(inside)).toEqual(["tools", "prompts", "resources"]), 5_000);
  // What everybody sees comes last, so whoever hears of it has not heard of anything before.
  await toggle(live.tool.id);
  await eventually(() => expect([changes(inside), changes(outside)]).toEqual([["tools", "prompts", "resources", "tools"], ["tools"]]), 5_000);
  inside.cut();
  outside.cut();
});
