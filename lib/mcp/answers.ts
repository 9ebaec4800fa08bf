import { errorText, type RequestId, type RpcError, resultText } from "./frame";
import type { EventStream } from "./event-stream";
import type { Pieces, Pour } from "./pour";

/** A body, or the pieces of one of which a large part is kept ready. */
export type AnswerBody = string | Pieces;

/** What goes back over HTTP: one body, or a stream of messages. */
export type Answer = {
  status: number;
  body: AnswerBody | null;
  stream?: EventStream;
  /** A large answer that is written while it arrives. */
  pour?: Pour;
  headers?: Record<string, string>;
  retryAfterSeconds?: number;
};

export const bytesOf = (body: AnswerBody | null): number => {
  if (body === null) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  return body.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
};

/** The same around members of a result that are kept; `tail` is what follows them inside the result. */
export const okAround = (id: RequestId, members: Pieces, tail = ""): Answer => {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{`;
  const [all] = members;
  return { status: 200, body: members.length === 1 && typeof all === "string" ? `${head}${all}${tail}}}` : [head, ...members, `${tail}}}`] };
};

export const ok = (id: RequestId, result: string): Answer => ({ status: 200, body: resultText(id, result) });

export function failed(id: RequestId | null, error: RpcError & { status?: number; retryAfterSeconds?: number }): Answer {
  const { code, message, data } = error;
  const body = errorText(id, { code, message, ...(data !== undefined && { data }) });
  return { status: error.status ?? 200, body, ...(error.retryAfterSeconds && { retryAfterSeconds: error.retryAfterSeconds }) };
}

export const accepted: Answer = { status: 202, body: null };
