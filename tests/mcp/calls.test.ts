import { and, eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { capabilities, servers, toggles } from "@/drizzle/schema";
import { CallNotRecorded } from "@/lib/activity/call-log";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import { serverPolicies } from "@/drizzle/schema";
import { UpstreamFailure } from "@/lib/mcp/upstream-types";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { aCapability, anAssignment, aPolicy, aServer } from "@/tests/support/factories";
import { aLivePortal, anEchoPortal, fakeUpstream, holdingUpstream, legacyHeaders, message, modernHeaders, modernMessage, mountsOf } from "./harness";

const db = await testDatabase();

async function aPortalOfEverything() {
  const upstream = fakeUpstream(({ method }) => ({
    kind: "result",
    bytes: 42,
    result: method === "completion/complete" ? { completion: { values: [] } } : { content: [], isError: method === "tools/call" },
  }));
  const live = await aLivePortal(db, { send: upstream.send });
  const { org, server, portal } = live;
  const prompt = await aCapability(db, org.id, server.id, "prompt", "greet");
  const resource = await aCapability(db, org.id, server.id, "resource", "file:///docs/readme");
  const secret = await aCapability(db, org.id, server.id, "resource", "file:///docs/secret");
  const template = await aCapability(db, org.id, server.id, "template", "file:///docs/{name}");
  await anAssignment(db, org.id, portal.id, server.id, [live.tool, prompt, resource, template]);
  await db
    .insert(toggles)
    .values({ orgId: org.id, portalId: portal.id, serverId: server.id, capabilityId: secret.id, kind: "resource", enabled: false, exposedName: secret.name });
  const mounts = await mountsOf(live);
  const ask = async (method: string, params: object, mount = mounts[0]) => {
    if (!mount) throw new Error("no mount");
    return mount.send({ headers: legacyHeaders(live.token), body: message(method, params) });
  };
  return { ...live, upstream, ask, mounts, prompt, secret, template };
}

describe("a call", () => {
  test.each([
    ["tools/call", { name: "echo", arguments: {} }, "tool", "echo", "tool_error"],
    ["prompts/get", { name: "greet" }, "prompt", "greet", "ok"],
    ["resources/read", { uri: "file:///docs/readme" }, "resource", "file:///docs/readme", "ok"],
    ["completion/complete", { ref: { type: "ref/prompt", name: "greet" }, argument: { name: "a", value: "b" } }, "prompt", "greet", "ok"],
  ])("%s has its row, complete", async (method, params, kind, name, outcome) => {
    const live = await aPortalOfEverything();
    expect((await live.ask(method, params)).status).toBe(200);
    expect(await live.rows()).toEqual([
      expect.objectContaining({
        method,
        capabilityKind: kind,
        capabilityName: name,
        requestedName: name,
        outcome,
        decision: "allowed",
        decidedBy: "portal",
        policyId: live.policy.id,
        policyName: live.policy.name,
        personId: live.person.id,
        personEmail: live.person.email,
        grantId: live.grant.id,
        clientId: live.client.id,
        clientName: live.client.name,
        portalId: live.portal.id,
        portalName: live.portal.name,
        serverId: live.server.id,
        serverName: live.server.name,
        protocolVersion: "2025-11-25",
        responseBytes: 42,
        ip: "127.0.0.1",
        durationMs: expect.any(Number),
        upstreamMs: expect.any(Number),
        endedAt: expect.any(Date),
      }),
    ]);
  });

  test("lists, initialize and unknown methods have a row too", async () => {
    const live = await aPortalOfEverything();
    await live.ask("initialize", { protocolVersion: "2025-06-18" });
    await live.ask("tools/list", {});
    await live.ask("no/such", {});
    expect(await live.rows()).toMatchObject([
      { method: "initialize", outcome: "ok", protocolVersion: "2025-06-18", serverId: null },
      { method: "tools/list", outcome: "ok", serverId: null },
      { method: "no/such", outcome: "unknown", errorCode: -32601 },
    ]);
  });

  test("is on record before the upstream hears of it", async () => {
    let seen: string[] = [];
    const live = await anEchoPortal(db, {
      send: async () => {
        seen = (await db.query.callJournal.findMany()).map(({ lines }) => lines).filter((lines) => lines.includes(live.org.id));
        return { kind: "result", result: {}, raw: "{}", bytes: 0 };
      },
    });
    const [mount] = await mountsOf(live);
    await mount?.send({ headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) });
    expect(seen).toEqual([expect.stringMatching(/echo.*pending/s)]);
    const recorded = () => db.query.calls.findMany({ where: (call) => eq(call.orgId, live.org.id) });
    await eventually(async () => expect(await recorded()).toMatchObject([{ outcome: "ok", requestedName: "echo" }]));
  });

  test("whose row cannot be written is refused, and the upstream is not contacted", async () => {
    const upstream = fakeUpstream();
    const log = { ...groupCommitLog(db, { durable: false }), open: () => Promise.reject(new CallNotRecorded("disk full")) };
    const live = await anEchoPortal(db, { send: upstream.send, log });
    const [mount] = await mountsOf(live);
    const got = await mount?.send({ headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) });
    expect([got?.status, got?.json.error?.code]).toEqual([503, -32603]);
    expect(got?.json.error?.message).toContain("record");
    expect(upstream.asked).toEqual([]);
  });

  test("with arguments of a wrong kind is -32602 and on record as refused", async () => {
    const live = await aPortalOfEverything();
    for (const [method, params] of [
      ["tools/call", { name: 1 }],
      ["tools/call", { name: "echo", arguments: [] }],
      ["resources/read", {}],
      ["completion/complete", { ref: { type: "ref/other" }, argument: {} }],
    ] as const) {
      expect((await live.ask(method, params)).json.error?.code).toBe(-32602);
    }
    expect((await live.rows()).map(({ outcome }) => outcome)).toEqual(["refused", "refused", "refused", "refused"]);
    expect(live.upstream.asked).toEqual([]);
  });
});

describe("what is not served", () => {
  test("switched off, withheld, gone, forbidden and unknown look alike from outside, and are told apart on record", async () => {
    const live = await aPortalOfEverything();
    const { org, portal, server } = live;
    const [off, changed, gone] = await Promise.all([
      aCapability(db, org.id, server.id, "tool", "off"),
      aCapability(db, org.id, server.id, "tool", "changed", { approvedFingerprint: "older" }),
      aCapability(db, org.id, server.id, "tool", "gone", { missingSince: new Date() }),
    ]);
    await db.insert(toggles).values(
      [off, changed, gone].map((capability) => ({
        orgId: org.id,
        portalId: portal.id,
        serverId: server.id,
        capabilityId: capability.id,
        kind: "tool" as const,
        enabled: capability !== off,
        exposedName: capability.name,
      })),
    );
    const walled = await aServer(db, org.id, { access: "policies" });
    const forbidden = await aCapability(db, org.id, walled.id, "tool", "forbidden");
    await anAssignment(db, org.id, portal.id, walled.id, [forbidden], { position: 1 });
    const block = await aPolicy(db, org.id, [{ kind: "everyone" }], { action: "block", name: "Nobody" });
    await db.insert(serverPolicies).values({ orgId: org.id, serverId: walled.id, policyId: block.id, position: 0 });
    await bumpAccessVersion(db, org.id);

    const listed = (await live.ask("tools/list", {})).json.result?.tools as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(["echo"]);
    for (const name of ["off", "changed", "gone", "forbidden", "unknown"]) {
      const got = await live.ask("tools/call", { name });
      expect([got.status, got.json.error]).toEqual([200, { code: -32602, message: `unknown tool: ${name}` }]);
    }
    expect(live.upstream.asked).toEqual([]);
    expect((await live.rows()).slice(1)).toMatchObject([
      { requestedName: "off", decision: "denied", decidedBy: "toggle", outcome: "denied", serverId: server.id, capabilityName: "off" },
      { requestedName: "changed", decision: "denied", decidedBy: "approval", outcome: "denied" },
      { requestedName: "gone", decision: "denied", decidedBy: "approval", outcome: "denied" },
      { requestedName: "forbidden", decision: "denied", decidedBy: "server", outcome: "denied", policyId: block.id, policyName: "Nobody", serverId: walled.id },
      { requestedName: "unknown", decision: "denied", decidedBy: "none", outcome: "unknown", serverId: null, policyId: null },
    ]);
  });

  test.each(["node:http", "route handler"])("a tool switched off is neither listed nor callable from the next request on (%s)", async (name) => {
    const live = await aPortalOfEverything();
    const mount = live.mounts.find((one) => one.name === name);
    const isListed = async () => ((await live.ask("tools/list", {}, mount)).json.result?.tools as unknown[] | undefined)?.length === 1;
    const isCallable = async () => (await live.ask("tools/call", { name: "echo" }, mount)).json.result !== undefined;
    expect([await isListed(), await isCallable()]).toEqual([true, true]);
    const toggle = (enabled: boolean) =>
      db.transaction(async (tx) => {
        await tx
          .update(toggles)
          .set({ enabled })
          .where(and(eq(toggles.portalId, live.portal.id), eq(toggles.capabilityId, live.tool.id)));
        await bumpAccessVersion(tx, live.org.id);
      });
    await toggle(false);
    expect([await isCallable(), await isListed()]).toEqual([false, false]);
    await toggle(true);
    expect([await isCallable(), await isListed()]).toEqual([true, true]);
    await db.transaction(async (tx) => {
      await tx.update(capabilities).set({ fingerprint: "changed upstream" }).where(eq(capabilities.id, live.tool.id));
      await bumpAccessVersion(tx, live.org.id);
    });
    expect([await isCallable(), await isListed()]).toEqual([false, false]);
  });

  test("a URI in no list needs an enabled template, and a resource that is off does not come back through one", async () => {
    const live = await aPortalOfEverything();
    const read = async (uri: string) => {
      const before = live.upstream.asked.length;
      const got = await live.ask("resources/read", { uri });
      return { code: got.json.error?.code ?? null, asked: live.upstream.asked.slice(before).map(({ request }) => request.params.uri) };
    };
    expect(await read("file:///docs/other")).toEqual({ code: null, asked: ["file:///docs/other"] });
    for (const uri of [
      "file:///docs/secret",
      "file:///docs/%73ecret",
      "FILE:///docs/secret",
      "file:///docs/secret/",
      "file:///docs/a/b",
      "file:///docs/..",
      "file:///docs/%2e%2e",
      "file:///etc/passwd",
      "",
    ]) {
      expect([uri, await read(uri)]).toEqual([uri, { code: -32002, asked: [] }]);
    }
    await db.update(toggles).set({ enabled: false }).where(eq(toggles.capabilityId, live.template.id));
    await bumpAccessVersion(db, live.org.id);
    expect(await read("file:///docs/other")).toEqual({ code: -32002, asked: [] });
    expect(await read("file:///docs/readme")).toEqual({ code: null, asked: ["file:///docs/readme"] });
  });

  test("a name that the portal altered is called by its original name, and the original is unknown", async () => {
    const live = await aPortalOfEverything();
    await db.update(toggles).set({ exposedName: "git_echo" }).where(eq(toggles.capabilityId, live.tool.id));
    await db.update(toggles).set({ exposedName: "gatehouse+s1:file:///docs/{name}" }).where(eq(toggles.capabilityId, live.template.id));
    await bumpAccessVersion(db, live.org.id);
    expect((await live.ask("tools/list", {})).json.result?.tools).toMatchObject([{ name: "git_echo", description: "does echo" }]);
    await live.ask("tools/call", { name: "git_echo", arguments: { x: 1 } });
    expect(live.upstream.asked.at(-1)?.request.params).toEqual({ name: "echo", arguments: { x: 1 } });
    expect((await live.ask("tools/call", { name: "echo" })).json.error?.code).toBe(-32602);
    await live.ask("resources/read", { uri: "gatehouse+s1:file:///docs/other" });
    expect(live.upstream.asked.at(-1)?.request.params).toEqual({ uri: "file:///docs/other" });
  });
});

describe("an upstream that fails", () => {
  const failing = async (error: Error) => {
    const live = await anEchoPortal(db, { send: () => Promise.reject(error) });
    const prompt = await aCapability(db, live.org.id, live.server.id, "prompt", "greet");
    await db.insert(toggles).values({
      orgId: live.org.id,
      portalId: live.portal.id,
      serverId: live.server.id,
      capabilityId: prompt.id,
      kind: "prompt",
      enabled: true,
      exposedName: "greet",
    });
    const [mount] = await mountsOf(live);
    const ask = async (method: string, params: object) => (await mount?.send({ headers: legacyHeaders(live.token), body: message(method, params) }))?.json;
    return { live, ask };
  };

  test.each([
    ["refused", "unreachable"],
    ["timeout", "timeout"],
    ["cancelled", "cancelled"],
    ["unauthorized", "upstream_error"],
  ] as const)("%s is a readable result for tools and a readable error for prompts", async (cause, outcome) => {
    const { live, ask } = await failing(new UpstreamFailure(cause, "It did not answer.", true));
    const tool = (await ask("tools/call", { name: "echo" }))?.result;
    const text = ((tool?.content ?? []) as { text: string }[])[0]?.text ?? "";
    expect(tool).toMatchObject({ isError: true });
    expect(text).toContain(live.server.name);
    if (cause === "unauthorized") expect(text).toContain("its credential was refused; an admin has to renew it");
    const prompt = (await ask("prompts/get", { name: "greet" }))?.error;
    expect(prompt?.code).toBe(-32603);
    expect(prompt?.message).toContain(live.server.name);
    const rows = await live.rows();
    expect(rows.map((row) => [row.outcome, row.errorMessage])).toEqual([
      [outcome, cause],
      [outcome, cause],
    ]);
    expect(text).toContain(rows[0]?.id);
  });

  test("a fault of ours tells the client nothing but a request id, and the row is closed", async () => {
    const { live, ask } = await failing(new Error("password=hunter2 at 10.0.0.1"));
    const result = JSON.stringify(await ask("tools/call", { name: "echo" }));
    expect(result).toMatch(/req_[0-9a-f]{16}/);
    expect(result).not.toContain("hunter2");
    expect(await live.rows()).toMatchObject([{ outcome: "refused" }]);
  });
});

describe("cancellation", () => {
  test("a client of the new era that goes away cancels its call", async () => {
    const upstream = holdingUpstream();
    const live = await anEchoPortal(db, { send: upstream.send });
    const [mount] = await mountsOf(live);
    const gone = new AbortController();
    const call = fetch(String(mount?.url), {
      method: "POST",
      signal: gone.signal,
      headers: modernHeaders(live.token, "tools/call", "echo") as Record<string, string>,
      body: modernMessage("tools/call", { name: "echo" }),
    });
    await upstream.arrived(1);
    gone.abort();
    await expect(call).rejects.toThrow();
    const aborted = upstream.asked[0]?.request.signal;
    while (!aborted?.aborted) await new Promise((resolve) => setImmediate(resolve));
    while (live.endpoint.ports.slots.total > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await live.rows()).toMatchObject([{ outcome: "cancelled" }]);
  });

  test("notifications/cancelled of the same grant cancels, of another it does not", async () => {
    const upstream = holdingUpstream();
    const live = await anEchoPortal(db, { send: upstream.send });
    const other = await anEchoPortal(db);
    const [mount] = await mountsOf(live);
    const cancel = (grant: string, requestId: unknown) => live.endpoint.cancellations.cancel(grant, requestId);
    const call = mount?.send({ headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }, "a") });
    await upstream.arrived(1);
    cancel(other.grant.id, "a");
    cancel(live.grant.id, "b");
    expect(upstream.asked[0]?.request.signal?.aborted).toBe(false);
    await mount?.send({
      headers: legacyHeaders(live.token),
      body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "a" } }),
    });
    expect((await call)?.json.result).toMatchObject({ isError: true });
    expect(await live.rows()).toMatchObject([{ outcome: "cancelled" }]);
  });
});

test("a server whose row is gone fails readably", async () => {
  const live = await anEchoPortal(db, { loadTarget: async () => null });
  const [mount] = await mountsOf(live);
  await db.update(servers).set({ status: "error" }).where(eq(servers.id, live.server.id));
  const got = await mount?.send({ headers: legacyHeaders(live.token), body: message("tools/call", { name: "echo" }) });
  expect(got?.json.result).toMatchObject({ isError: true });
});
