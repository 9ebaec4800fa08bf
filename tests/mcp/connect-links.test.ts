import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitationCompleteNotificationSchema, UrlElicitationRequiredError } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, describe, expect, test, vi } from "vitest";
import type { PersonContext } from "@/lib/auth/context";
import { connectPage } from "@/lib/connect/queries";
import { finishConnecting } from "@/lib/connections/finish";
import { startConnecting } from "@/lib/connections/mine";
import { aConnectedPortal } from "@/tests/support/connected";
import { testDatabase } from "@/tests/support/database";
import { startGuarded, startOidc } from "@/tests/support/oidc";
import { signInAt } from "@/tests/support/provider-browser";
import type { Mount } from "./harness";

// What the SDKs' own clients make of a call that needs an account at the server, whose sign-in service is the real oidc-provider.
const db = await testDatabase();
const oidc = await startOidc();
const { upstream } = await startGuarded(oidc);
const live = await aConnectedPortal(db, upstream.url, "oauth");
afterAll(() => Promise.all([oidc.close(), upstream.close()]));

const requestInit = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const call = { name: "whoami", arguments: {} };
const textOf = (result: object) => ("content" in result ? (result.content as { text?: string }[]) : []).map(({ text }) => text).join("");

/** Opens the link in a browser in which this person is signed in, and does what the page says. */
async function follow(link: string, me: PersonContext, name: string) {
  const url = new URL(link);
  const [, , org = "", portal = ""] = url.pathname.split("/");
  const { server = "", for: ticket = "" } = Object.fromEntries(url.searchParams);
  const page = await connectPage(db, org, portal, me, { server, ticket });
  const asked = page?.mine?.asked?.link;
  if (asked !== "yours") return asked;
  const { url: provider } = await startConnecting({ ...me, now: new Date() }, { portalId: live.portal.id, serverId: server });
  return (await finishConnecting({ ...me, now: new Date() }, (await signInAt(provider, name)).searchParams)).kind;
}

async function modernClient(mount: Mount, token: string, capabilities: object) {
  const client = new ModernClient({ name: "sdk-v2", version: "1" }, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } });
  await client.connect(new ModernTransport(new URL(mount.url), { fetch: mount.fetch, requestInit: requestInit(token) }));
  return client;
}

async function oldClient(mount: Mount, token: string, capabilities: object) {
  const client = new OldClient({ name: "sdk-v1", version: "1" }, { capabilities });
  await client.connect(new OldTransport(new URL(mount.url), { fetch: mount.fetch, requestInit: requestInit(token) }));
  return client;
}

describe.each(live.mounts)("on $name, a call without an account", (mount) => {
  test("by the SDK of 2026-07-28 asks through its elicitation, and the very same call comes back answered", async () => {
    const { token, me } = await live.another();
    const client = await modernClient(mount, token, { elicitation: { url: {} } });
    const opened: string[] = [];
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      if (params.mode !== "url") throw new Error("a form was asked for");
      opened.push(params.message);
      expect(await follow(params.url, me, "ana")).toBe("connected");
      return { action: "accept" };
    });
    expect(textOf(await client.callTool(call))).toBe("you are ana");
    expect(opened).toEqual(["Guarded: connect your account to use it"]);
    await client.close();
  });

  test("by the SDK of 2026-07-28 whose person declines ends with the link as text", async () => {
    const { token } = await live.another();
    const client = await modernClient(mount, token, { elicitation: { url: {} } });
    client.setRequestHandler("elicitation/create", async () => ({ action: "decline" }));
    const refused = await client.callTool(call);
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain(`/connect/${live.org.slug}/${live.portal.slug}?server=${live.server.id}`);
    await client.close();
  });

  test("by the SDK of 2025-11-25 throws its own -32042 error, hears when it is done, and goes through", async () => {
    const { token, me } = await live.another();
    const client = await oldClient(mount, token, { elicitation: { url: {} } });
    const completed: string[] = [];
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => void completed.push(params.elicitationId));
    const error = await client.callTool(call).catch((thrown: unknown) => thrown);
    if (!(error instanceof UrlElicitationRequiredError)) throw new Error(`no link was asked for: ${error}`);
    expect(error.code).toBe(-32042);
    const [elicitation] = error.elicitations;
    expect(await follow(String(elicitation?.url), me, "ben")).toBe("connected");
    await vi.waitFor(() => expect(completed).toEqual([elicitation?.elicitationId]), 5_000);
    expect(textOf(await client.callTool(call))).toBe("you are ben");
    await client.close();
  });

  test.each([
    ["2026-07-28", modernClient],
    ["2025-11-25", oldClient],
  ] as const)("by the SDK of %s that declares nothing gets the whole link as text, and goes through afterwards", async (_version, connected) => {
    const { token, me } = await live.another();
    const client = await connected(mount, token, {});
    const refused = await client.callTool(call);
    expect(refused.isError).toBe(true);
    const link = /https?:\S+\/connect\/\S+/.exec(textOf(refused))?.[0] ?? "";
    expect(await follow(link, me, "cem")).toBe("connected");
    expect(textOf(await client.callTool(call))).toBe("you are cem");
    await client.close();
  });

  test("gives a link that is no use to another person: their account is theirs, and the call still waits", async () => {
    const [ana, ben] = [await live.another(), await live.another()];
    const client = await modernClient(mount, ana.token, {});
    const link = /https?:\S+\/connect\/\S+/.exec(textOf(await client.callTool(call)))?.[0] ?? "";
    expect(await follow(link, ben.me, "ben")).toBe("theirs");
    // Even who goes on regardless connects an account of their own.
    expect((await live.connect(ben.me, "ben")).kind).toBe("connected");
    expect(await live.call(ben.token)).toBe("you are ben");
    expect(await client.callTool(call)).toMatchObject({ isError: true });
    // And what Ana began, Ben's browser cannot end.
    const { url } = await startConnecting(ana.me, live.input);
    expect(await finishConnecting(ben.me, (await signInAt(url, "ana")).searchParams)).toMatchObject({ kind: "failed", cause: "foreign_state" });
    expect(await follow(link, ana.me, "ana")).toBe("connected");
    expect(textOf(await client.callTool(call))).toBe("you are ana");
    await client.close();
  });
});
