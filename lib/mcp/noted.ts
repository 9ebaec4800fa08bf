import { callRow, nowhere } from "@/lib/gateway/call-row";
import type { Caller } from "@/lib/gateway/ports";
import { type Answer, bytesOf } from "./answers";
import { type RpcError, type RpcRequest, rpc } from "./frame";
import type { ServePorts } from "./serve-ports";

export type Noted = { ports: ServePorts; caller: Caller; message: RpcRequest; version: string; bytes: number; startedAt: Date };

export const noMethod: RpcError = { code: rpc.methodNotFound, message: "this method does not exist here" };

/** What no upstream hears of is on record as well; its row is written behind the answer. */
export function noted({ ports, caller, message, version, bytes, startedAt }: Noted, answer: Answer, isUnknown = false): Answer {
  const endedAt = ports.now();
  ports.log.record(
    callRow(caller, { method: message.method, version, bytes, startedAt }, ports.instanceId, nowhere, {
      decision: "allowed",
      outcome: isUnknown ? "unknown" : "ok",
      errorCode: isUnknown ? rpc.methodNotFound : null,
      responseBytes: bytesOf(answer.body),
      durationMs: endedAt.getTime() - startedAt.getTime(),
      endedAt,
    }),
  );
  return answer;
}
