import { describe, expect, test } from "vitest";
import type { UpstreamRequest } from "@/lib/mcp/upstream-types";
import { portalResource } from "@/lib/oauth/urls";
import { testDatabase } from "@/tests/support/database";
import { aCapability, aGrant, anAssignment, aPerson, aPortal, attachToPortal } from "@/tests/support/factories";
import { aLivePortal, fakeUpstream, type Got, message, modernHeaders, modernMeta, type Mount, mountsOf } from "./harness";

const db = await testDatabase();
const ask = { method: "elicitation/create", params: { message: "Sure?", requestedSchema: { type: "object", properties: {} } } };

// `new_one` asks as servers of the new era do, `old_one` while it works; each says what it was given.
const upstream = fakeUpstream(async ({ params, peer }) => {
  const text = (words: unknown) => ({ kind: "result" as const, bytes: 1, result: { content: [{ type: "text", text: JSON.stringify(words) }] } });
  if (params.name === "old_one") return text(await peer?.ask(ask, new AbortController().signal));
  if (params.requestState === "of the server") return text(params.inputResponses);
  return { kind: "result", bytes: 1, result: { resultType: "input_required", inputRequests: { sure: ask }, requestState: "of the server" } };
});
const live = await aLivePortal(db, { send: upstream.send });
const tools = await Promise.all(
  ["new_one", "old_one", "twin"].map((name, position) => aCapability(db, live.org.id, live.server.id, "tool", name, { position })),
);
const prompt = await aCapability(db, live.org.id, live.server.id, "prompt", "new_one");
await anAssignment(db, live.org.id, live.portal.id, live.server.id, [...tools, prompt]);
const sister = await aPortal(db, live.org.id);
await anAssignment(db, live.org.id, sister.id, live.server.id, tools);
await attachToPortal(db, live.org.id, sister.id, live.policy.id);
const there = await aGrant(db, sister, live.person.id, portalResource(live.org.slug, sister.slug));
const stranger = await aGrant(db, live.portal, (await aPerson(db)).id, live.resource);
const mounts = await mountsOf(live);
const [elsewhere] = await mountsOf({ ...live, portal: sister, path: `/mcp/${live.org.slug}/${sister.slug}` });
const { ports } = live.endpoint;
const [later] = await mountsOf({ ...live, endpoint: { ...live.endpoint, ports: { ...ports, now: () => new Date(Date.now() + 11 * 60_000) } } });

type Asked = {
  method?: string;
  name?: string;
  arguments?: object;
  requestState?: unknown;
  inputResponses?: unknown;
  capabilities?: object;
  traceparent?: string;
};

function call(
  { send }: Pick<Mount, "send">,
  { method = "tools/call", name = "new_one", capabilities = { elicitation: {} }, traceparent, ...more }: Asked,
  token = live.token,
): Promise<Got> {
  const _meta = { ...modernMeta, "io.modelcontextprotocol/clientCapabilities": capabilities, ...(traceparent && { traceparent }) };
  return send({ headers: modernHeaders(token, method, name), body: message(method, { name, arguments: { n: 1 }, ...more, _meta }) });
}

const accepted = { action: "accept", content: {} };
const stateOf = (got: Got) => String(got.json.result?.requestState);
const requestsOf = (got: Got) => got.json.result?.inputRequests as Record<string, unknown>;
const lastAsked = () => upstream.asked.at(-1)?.request as UpstreamRequest;
const trace = (n: number) => `00-${"a".repeat(31)}${n}-${"b".repeat(16)}-01`;

describe.each(mounts)("the state of a call on $name", (mount) => {
  test("leaves sealed and comes back as the server's own, also with another trace context", async () => {
    const first = await call(mount, { traceparent: trace(1) });
    expect(first.json.result).toMatchObject({ resultType: "input_required", inputRequests: { sure: { params: { message: `${live.server.name}: Sure?` } } } });
    expect(stateOf(first)).not.toContain("of the server");
    const second = await call(mount, { requestState: stateOf(first), inputResponses: { sure: accepted }, traceparent: trace(2) });
    expect(second.json.result).toMatchObject({ resultType: "complete", content: [{ text: JSON.stringify({ sure: accepted }) }] });
    expect(lastAsked().params).toMatchObject({ requestState: "of the server", inputResponses: { sure: accepted } });
  });

  test.each<[string, (state: string) => Promise<Got | undefined>]>([
    ["tampered with", (state) => call(mount, { requestState: `${state.slice(0, -3)}${state.endsWith("AAA") ? "BBB" : "AAA"}` })],
    ["cut short", (state) => call(mount, { requestState: state.slice(0, 20) })],
    ["empty", () => call(mount, { requestState: "" })],
    ["the server's own, unsealed", () => call(mount, { requestState: "of the server" })],
    ["another person's", (state) => call(mount, { requestState: state }, stranger.token)],
    ["of another portal", async (state) => elsewhere && call(elsewhere, { requestState: state }, there.token)],
    ["of another tool", (state) => call(mount, { name: "twin", requestState: state })],
    ["of another method", (state) => call(mount, { method: "prompts/get", requestState: state })],
    ["of other arguments", (state) => call(mount, { arguments: { n: 2 }, requestState: state })],
    ["of fewer arguments", (state) => call(mount, { arguments: {}, requestState: state })],
    ["expired", async (state) => later && call(later, { requestState: state })],
  ])("that is %s is refused, and the server hears nothing", async (_name, again) => {
    const state = stateOf(await call(mount, {}));
    const before = upstream.asked.length;
    const got = await again(state);
    expect([got?.status, got?.json.error?.code]).toEqual([200, -32602]);
    expect(upstream.asked).toHaveLength(before);
  });

  test("of a waiting call opens once, for its own call, and what was left unanswered is asked again", async () => {
    const first = await call(mount, { name: "old_one" });
    const [key] = Object.keys(requestsOf(first));
    expect(requestsOf(first)).toEqual({ [String(key)]: { ...ask, params: { ...ask.params, message: `${live.server.name}: Sure?` } } });
    const foreign = await call(mount, { name: "old_one", requestState: stateOf(first), inputResponses: { [String(key)]: accepted } }, stranger.token);
    expect(foreign.json.error?.code).toBe(-32602);
    const again = await call(mount, { name: "old_one", requestState: stateOf(first), inputResponses: { other: accepted } });
    expect(Object.keys(requestsOf(again))).toEqual([key]);
    const before = upstream.asked.length;
    const answered = { name: "old_one", requestState: stateOf(again), inputResponses: { [String(key)]: accepted } };
    expect((await call(mount, answered)).json.result).toMatchObject({ content: [{ text: JSON.stringify({ result: accepted }) }] });
    expect(upstream.asked).toHaveLength(before);
    for (const requestState of [stateOf(first), stateOf(again)]) expect((await call(mount, { ...answered, requestState })).json.error?.code).toBe(-32602);
  });

  test("is not made for what the client did not declare", async () => {
    for (const [name, capabilities] of [
      ["new_one", {}],
      ["new_one", { sampling: {} }],
      ["new_one", { elicitation: { url: {} } }],
    ] as const) {
      const got = await call(mount, { name, capabilities });
      expect([got.status, got.json.error?.code]).toEqual([200, -32603]);
      expect(got.text).not.toContain("Sure?");
    }
    const old = await call(mount, { name: "old_one", capabilities: { elicitation: { url: {} } } });
    expect(JSON.stringify(old.json.result)).toContain("does not pass this on");
  });

  test("answers that nobody asked for go to the server that may know them, and are its own business", async () => {
    const got = await call(mount, { inputResponses: { sure: accepted } });
    expect(got.json.result).toMatchObject({ resultType: "input_required" });
    expect(lastAsked().params.inputResponses).toEqual({ sure: accepted });
  });
});
