import { expect, test } from "vitest";
import { endParty, sendUpstream, tellParty } from "@/lib/mcp/upstream";
import { loadTarget } from "@/lib/servers/credential";
import { testDatabase } from "@/tests/support/database";
import { eventually } from "@/tests/support/eventually";
import { startUpstream } from "@/tests/support/upstream";
import { anEchoPortal, legacyHeaders, message, mountsOf } from "./harness";

test("a client's word that its roots changed reaches the servers that its session speaks to, and nobody else's", async () => {
  const upstream = await startUpstream({ era: "legacy", stateful: true });
  const db = await testDatabase();
  const live = await anEchoPortal(db, { url: upstream.url, send: sendUpstream, tell: tellParty, endParty, loadTarget });
  const [mount] = await mountsOf(live);
  if (!mount) throw new Error("there is no mount");
  const headers = legacyHeaders(live.token);
  const aSession = async () => {
    const hello = { protocolVersion: "2025-11-25", capabilities: { roots: { listChanged: true } }, clientInfo: { name: "t", version: "1" } };
    const session = { ...headers, "mcp-session-id": (await mount.send({ headers, body: message("initialize", hello) })).headers.get("mcp-session-id") ?? "" };
    await mount.send({ headers: session, body: message("tools/call", { name: "echo", arguments: { message: "hi" } }) });
    return session;
  };
  const one = await aSession();
  await aSession();
  const opened = upstream.seen("tools/call").map((call) => call.headers["mcp-session-id"]);
  expect(new Set(opened).size).toBe(2);
  const told = await mount.send({ headers: one, body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/roots/list_changed" }) });
  expect(told.status).toBe(202);
  const heard = () => upstream.seen("notifications/roots/list_changed").map((call) => call.headers["mcp-session-id"]);
  await eventually(() => expect(heard()).toEqual([opened[0]]), 5_000);
  await upstream.close();
});
