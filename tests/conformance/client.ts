/**
 * Gatehouse as a client of upstream servers, for the client mode of the official suite, which starts this file with a server's address
 * for each scenario. What speaks here is the code that speaks in production: `lib/mcp/upstream` and `lib/mcp/upstream-auth`; this
 * file only plays the person and the AI client behind it.
 */
import type { JsonObject } from "@/drizzle/schema/servers";
import { mirroredParams, paramHeaders } from "@/lib/mcp/param-headers";
import { inspectUpstream, sendUpstream } from "@/lib/mcp/upstream";
import type { Inspection, Peer, UpstreamReply, UpstreamTarget } from "@/lib/mcp/upstream-types";
import { readDefinitions } from "@/lib/servers/definitions";
import { type Account, openAccount } from "./client-account";
import { answerRequest, argumentsFor, clientCapabilities } from "./client-person";

process.env.EGRESS_ALLOW = "loopback";

const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? "";
const context: JsonObject = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? "{}");
const roundsMax = 8;

const peer: Peer = { notify: () => {}, ask: async ({ method, params }) => answerRequest(method, params) };
const party = { key: "conformance", capabilities: clientCapabilities, logLevel: null, outside: peer };

/** The server as a sync has stored it. */
type Server = { account: Account; target: UpstreamTarget };

async function main(url: string): Promise<void> {
  const account = await openAccount(url, context);
  const inspection = await account.signedIn((headers) => inspectUpstream({ ...unknownServer(url), headers }));
  const { transport, era, protocolVersion } = inspection;
  const server: Server = { account, target: { ...unknownServer(url), transport, era, protocolVersion } };
  // The inspection speaks for nobody in particular; this is the person's own client, with what it can do.
  await send(server, "tools/list", {});
  // What a sync would store: a tool that must not be called is left out.
  const tools = readDefinitions(inspection).found.filter(({ kind }) => kind === "tool");
  const schemas = new Map(tools.map(({ name, definition }) => [name, definition.inputSchema]));
  const calls = tools.flatMap(({ name, definition }) => argumentsFor(name, schemas, context).map((args) => () => callTool(server, definition, name, args)));
  // Together, so that what belongs to one call could end up in another.
  if (scenario === "sep-2322-client-request-state") await Promise.all(calls.map((call) => call()));
  else for (const call of calls) await call();
  await readTheRest(server, inspection);
}

async function readTheRest(server: Server, { prompts, resources }: Inspection): Promise<void> {
  for (const { name } of prompts) await send(server, "prompts/get", { name });
  for (const { uri } of resources) await send(server, "resources/read", { uri });
}

async function callTool(server: Server, definition: JsonObject, name: string, args: JsonObject): Promise<void> {
  const mirrored = mirroredParams(paramHeaders(definition), args);
  let more: JsonObject = {};
  for (let round = 0; round < roundsMax; round++) {
    const reply = await send(server, "tools/call", { name, arguments: args, ...more }, mirrored);
    if (reply.kind === "error" || reply.result.resultType !== "input_required") return;
    const { inputRequests, requestState } = reply.result;
    more = { inputResponses: answersTo(inputRequests), ...(requestState !== undefined && { requestState }) };
  }
  throw new Error(`\`${name}\` asks for ever more input`);
}

function answersTo(requests: unknown): JsonObject {
  const asked = Object.entries((requests ?? {}) as Record<string, { method: string; params?: JsonObject }>);
  return Object.fromEntries(
    asked.map(([key, { method, params = {} }]) => {
      const answer = answerRequest(method, params);
      return [key, "result" in answer ? answer.result : {}];
    }),
  );
}

const send = ({ account, target }: Server, method: string, params: JsonObject, mirrored: Record<string, string> = {}): Promise<UpstreamReply> =>
  account.signedIn((headers) => sendUpstream({ ...target, headers: { ...headers, ...mirrored } }, { method, params, party, peer }));

const unknownServer = (url: string): UpstreamTarget => ({
  orgId: "conformance",
  serverId: "conformance",
  url,
  headers: {},
  transport: null,
  era: null,
  protocol: "auto",
  protocolVersion: null,
  callTimeoutMs: 20_000,
});

main(process.argv[2] ?? "").then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
