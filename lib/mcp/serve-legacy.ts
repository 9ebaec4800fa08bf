import type { JsonObject } from "@/drizzle/schema/servers";
import type { Entry } from "@/lib/gateway/catalogue";
import { type CallMethod, callMethods } from "@/lib/gateway/route";
import { type Answer, failed, ok, okAround } from "./answers";
import { Exchange, plainChannel } from "./exchange";
import { forwardCall, progressTokenOf } from "./forward";
import { isObject, rpc } from "./frame";
import { initializeResult } from "./handshake";
import { isListMethod, listPage } from "./lists";
import { isLogLevel } from "./log-levels";
import { noMethod, noted } from "./noted";
import { legacyPassage } from "./passage";
import { legacyAsk } from "./relay/ask-to-connect";
import { legacySender } from "./relay/legacy-sender";
import { legacyResult } from "./result-text";
import type { LegacyRequest } from "./incoming";
import { subscribe, unsubscribe } from "./subscriptions";

/** Methods that stand before or beside any session. */
export const isLegacyOnly = (method: string) => method === "initialize";

export function serveLegacy(request: LegacyRequest): Answer | Promise<Answer> {
  const { message, caller, session, ports } = request;
  const { id, method, params } = message;
  switch (method) {
    case "ping":
      return ok(id, "{}");
    case "initialize":
      return initialize(request);
    case "logging/setLevel":
      if (!isLogLevel(params.level)) return noted(request, failed(id, { code: rpc.invalidParams, message: "`params.level` must be a log level" }));
      return session ? ports.sessions.setLogLevel(session, params.level).then(() => noted(request, ok(id, "{}"))) : noted(request, ok(id, "{}"));
    case "resources/subscribe":
      return subscribe(request);
    case "resources/unsubscribe":
      return unsubscribe(request);
  }
  if (isListMethod(method)) {
    const page = listPage(caller, method, params);
    return noted(request, page === null ? failed(id, { code: rpc.invalidParams, message: "invalid cursor" }) : okAround(id, page));
  }
  if (!isCallMethod(method)) return noted(request, failed(id, noMethod), true);
  return call(request, method);
}

async function initialize(request: LegacyRequest): Promise<Answer> {
  const { message, caller, ports } = request;
  const result = initializeResult(caller.view, caller.catalogue, message.params);
  const { capabilities, clientInfo } = message.params;
  const token = await ports.sessions.create(caller, {
    protocolVersion: String(result.protocolVersion),
    capabilities: small(capabilities),
    clientInfo: small(clientInfo),
  });
  const answer = noted({ ...request, version: String(result.protocolVersion) }, ok(message.id, JSON.stringify(result)));
  return { ...answer, headers: { "mcp-session-id": token } };
}

function call(request: LegacyRequest, method: CallMethod): Promise<Answer> {
  const { message, caller, session, ports, header } = request;
  const { id } = message;
  const owner = session?.id ?? caller.grantId;
  const takesStreams = header("accept")?.includes("text/event-stream") === true;
  const exchange = new Exchange(id, takesStreams ? () => session?.openChannel() ?? plainChannel() : null);
  const signal = request.cancellations.begin(owner, id);
  const passage = (entry: Entry) => legacyPassage({ exchange, id, entry });
  const asked = { ports, caller, session, exchange, progressToken: progressTokenOf(message.params), signal, passage };
  const ways = { send: legacySender(asked), askToConnect: legacyAsk(asked) };
  return exchange.run(async () => {
    try {
      const result = await forwardCall(request, method, ways, false);
      if (result.kind === "result") return ok(id, legacyResult(result));
      // What is unknown had a code of its own before 2026-07-28 (SEP-2164).
      if (result.code === rpc.missingCapability) return failed(id, { code: rpc.internal, message: result.message });
      const isResource = method === "resources/read" && result.code === rpc.invalidParams && isObject(result.data) && "uri" in result.data;
      return failed(id, isResource ? { ...result, code: -32002 } : result);
    } finally {
      request.cancellations.end(owner, id);
    }
  });
}

// Stored with the session, so what a client says of itself must not be able to fill the database.
const small = (value: unknown): JsonObject => (isObject(value) && JSON.stringify(value).length <= 16_384 ? value : {});
const isCallMethod = (method: string): method is CallMethod => (callMethods as readonly string[]).includes(method);
