import { type AskToConnect, type CallRequest, call, type Send } from "@/lib/gateway/call";
import type { CallResult } from "@/lib/gateway/ports";
import type { CallMethod } from "@/lib/gateway/route";
import type { Incoming } from "./incoming";
import { forwardedMeta } from "./frame-meta";
import type { Noted } from "./noted";
import { mirroredParams, paramHeaderProblem, paramHeaders } from "./param-headers";

/** One call through the gateway, with what its era adds. */
export function forwardCall(
  request: Noted & Pick<Incoming, "header">,
  method: CallMethod,
  { send, askToConnect }: { send: Send; askToConnect: AskToConnect },
  checksHeaders: boolean,
): Promise<CallResult> {
  const { ports, caller, message, header, version, bytes, startedAt } = request;
  const asked: CallRequest = {
    method,
    params: message.params,
    meta: forwardedMeta(message.params),
    send,
    askToConnect,
    mirrored: ({ capability }) => (method === "tools/call" ? mirroredParams(paramHeaders(capability.definition), message.params.arguments) : {}),
    check({ capability }) {
      if (!checksHeaders || method !== "tools/call") return null;
      const problem = paramHeaderProblem(paramHeaders(capability.definition), message.params.arguments, header);
      return problem && { kind: "error", ...problem, status: 400 };
    },
    version,
    bytes,
    startedAt,
  };
  return call(ports, caller, asked);
}

export function progressTokenOf(params: Record<string, unknown>): string | number | undefined {
  const meta = params._meta;
  const token = typeof meta === "object" && meta !== null && "progressToken" in meta ? meta.progressToken : undefined;
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}
