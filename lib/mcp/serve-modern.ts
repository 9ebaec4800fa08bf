import { type CallMethod, callMethods } from "@/lib/gateway/route";
import type { JsonObject } from "@/drizzle/schema/servers";
import { type Answer, failed, ok, okAround } from "./answers";
import { Exchange, plainChannel } from "./exchange";
import { forwardCall, progressTokenOf } from "./forward";
import { isObject, rpc } from "./frame";
import { envelope } from "./frame-meta";
import { discoverResult, serverInfo } from "./handshake";
import { isListMethod, listPage } from "./lists";
import { listenTo } from "./listen";
import { isLogLevel } from "./log-levels";
import { noMethod, noted } from "./noted";
import { modernPassage } from "./passage";
import { modernAsk } from "./relay/ask-to-connect";
import { isEmpty, relayable, relayableModern } from "./relay/capabilities";
import { type ModernCall, modernSender } from "./relay/modern-sender";
import { modernResult } from "./result-text";
import type { ModernRequest } from "./incoming";

export function serveModern(request: ModernRequest): Answer | Promise<Answer> {
  const { message, caller } = request;
  const { id, method, params } = message;
  const own = { _meta: { [envelope.serverInfo]: serverInfo(caller.view) } };
  if (method === "server/discover") return noted(request, ok(id, JSON.stringify({ ...discoverResult(caller.view, caller.catalogue), ...listCache, ...own })));
  if (method === "subscriptions/listen") return listenTo(request);
  if (isListMethod(method)) {
    const page = listPage(caller, method, params);
    return noted(
      request,
      page === null
        ? failed(id, { code: rpc.invalidParams, message: "invalid cursor" })
        : okAround(id, page, `,${JSON.stringify({ ...listCache, ...own }).slice(1, -1)}`),
    );
  }
  return isCallMethod(method) ? call(request, method) : failed(id, noMethod);
}

function call(request: ModernRequest, method: CallMethod): Promise<Answer> {
  const { message, caller, ports, header } = request;
  const meta = isObject(message.params._meta) ? message.params._meta : {};
  const capabilities = relayableModern(meta[envelope.clientCapabilities]);
  const logLevel = meta[envelope.logLevel];
  const takesStreams = header("accept")?.includes("text/event-stream") === true;
  const exchange = new Exchange(message.id, takesStreams ? plainChannel : null);
  const asked: ModernCall = {
    ports,
    caller,
    exchange,
    params: message.params,
    capabilities,
    logLevel: isLogLevel(logLevel) ? logLevel : null,
    progressToken: progressTokenOf(message.params),
    gone: request.signal(),
    passage: (entry) => modernPassage({ exchange, id: message.id, entry }, method, caller),
  };
  const ways = { send: modernSender(asked), askToConnect: modernAsk(asked) };
  return exchange.run(async () => {
    const result = await forwardCall(request, method, ways, true);
    if (result.kind === "error") return failed(message.id, ofTheClient(result, capabilities));
    return ok(message.id, modernResult(result, method, caller));
  });
}

/** "A capability is missing" is the client's business when it is one that it did not declare; then the status is 400. */
function ofTheClient(error: { code: number; message: string; data?: unknown; status?: number }, declared: JsonObject) {
  if (error.code === -32002) return { ...error, code: rpc.invalidParams };
  if (error.code !== rpc.missingCapability) return error;
  const required = isObject(error.data) ? relayable(error.data.requiredCapabilities) : {};
  const isMissing = !isEmpty(required) && Object.keys(required).every((name) => declared[name] === undefined);
  return isMissing ? { ...error, status: 400 } : { code: rpc.internal, message: error.message };
}

const listCache = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
const isCallMethod = (method: string): method is CallMethod => (callMethods as readonly string[]).includes(method);
export const isModernMethod = (method: string) =>
  method === "server/discover" || method === "subscriptions/listen" || isListMethod(method) || isCallMethod(method);
