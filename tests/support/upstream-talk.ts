import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { JsonObject } from "@/drizzle/schema/servers";
import type { RecordedCall } from "./upstream";

/** What a tool can do while it works: speak, ask the client, and see that the client is gone. */
export type Talking = {
  args: JsonObject;
  call: RecordedCall;
  progressToken: unknown;
  notify(method: string, params?: JsonObject): void;
  /** The message that the client answered with. */
  ask(method: string, params?: JsonObject, id?: string | number): Promise<JsonObject>;
  /** Aborts when the client cancels or closes the stream. */
  signal: AbortSignal;
};
export type Talk = (talking: Talking) => Promise<JsonObject>;

/** The streams a fixture has open, and the questions it waits on. */
export class Streams {
  readonly standing = new Map<string, { res: ServerResponse; call: RecordedCall }>();
  private readonly questions = new Map<unknown, (answer: JsonObject) => void>();
  private readonly working = new Map<unknown, AbortController>();

  /** A standing stream, or one of the old transport: open until either side ends it. */
  stand(call: RecordedCall, res: ServerResponse, first = ": open\n\n", id: string = randomUUID()): string {
    this.standing.set(id, { res, call });
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write(first);
    res.on("close", () => this.standing.delete(id));
    return id;
  }

  /** To everyone who listens. */
  push(message: JsonObject): void {
    for (const { res } of this.standing.values()) event(res, { jsonrpc: "2.0", ...message });
  }

  /** Whether this was an answer to one of our questions, or took back a call. */
  takes({ id, method, body, params }: RecordedCall): boolean {
    if (method === "notifications/cancelled") this.working.get(params.requestId)?.abort();
    const waiting = method === null && id !== undefined ? this.questions.get(id) : undefined;
    waiting?.(body);
    this.questions.delete(id);
    return waiting !== undefined;
  }

  question(id: unknown): Promise<JsonObject> {
    return new Promise((resolve) => this.questions.set(id, resolve));
  }

  /** Runs a tool that talks, with its messages and its answer written to `out`. */
  async talk(talk: Talk, call: RecordedCall, out: ServerResponse): Promise<JsonObject> {
    const controller = new AbortController();
    this.working.set(call.id, controller);
    out.on("close", () => controller.abort());
    const say = (message: JsonObject) => event(out, { jsonrpc: "2.0", ...message });
    const ask = (method: string, params: JsonObject = {}, id: string | number = `ask-${randomUUID()}`) => {
      const answered = this.question(id);
      say({ id, method, params });
      return answered;
    };
    const meta = (call.params._meta ?? {}) as JsonObject;
    const args = (call.params.arguments ?? {}) as JsonObject;
    const notify = (method: string, params: JsonObject = {}) => say({ method, params });
    const result = await talk({ args, call, progressToken: meta.progressToken, notify, ask, signal: controller.signal });
    this.working.delete(call.id);
    return result;
  }

  /** Ends every stream that stands. */
  cut(): void {
    for (const { res } of this.standing.values()) res.destroy();
  }
}

export const event = (res: ServerResponse, message: JsonObject) => void res.write(`data: ${JSON.stringify(message)}\n\n`);
