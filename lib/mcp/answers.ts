import { errorText, type RequestId, type RpcError, resultText } from "./frame";
import type { EventStream } from "./event-stream";

/** What goes back over HTTP: one body, or a stream of messages. */
export type Answer = { status: number; body: string | null; stream?: EventStream; headers?: Record<string, string>; retryAfterSeconds?: number };

export const ok = (id: RequestId, result: string): Answer => ({ status: 200, body: resultText(id, result) });

export function failed(id: RequestId | null, error: RpcError & { status?: number; retryAfterSeconds?: number }): Answer {
  const { code, message, data } = error;
  const body = errorText(id, { code, message, ...(data !== undefined && { data }) });
  return { status: error.status ?? 200, body, ...(error.retryAfterSeconds && { retryAfterSeconds: error.retryAfterSeconds }) };
}

export const accepted: Answer = { status: 202, body: null };
