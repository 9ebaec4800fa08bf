import { Agent, request } from "undici";
import type { JsonObject } from "@/drizzle/schema/servers";

export const eras = ["2025-11-25", "2026-07-28"] as const;
export type Era = (typeof eras)[number];

export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string; messages: JsonObject[] };
export type Asked = { method: string; params?: JsonObject; name?: string; session?: string | null; signal?: AbortSignal };

/** An answer that is not what was promised. */
export class Wrong extends Error {}

const answerMs = 30_000;

/** The way in for whoever behaves: kept connections, whole answers. */
export class Door {
  private readonly agent = new Agent({ connections: 128, pipelining: 1, keepAliveTimeout: 5_000 });

  constructor(
    readonly port: number,
    readonly path: string,
  ) {}

  async send(path: string, init: { method: "GET" | "POST" | "DELETE"; headers: Record<string, string>; body?: string; signal?: AbortSignal }): Promise<Answer> {
    const signal = AbortSignal.any([AbortSignal.timeout(answerMs), ...(init.signal ? [init.signal] : [])]);
    const headers = { host: `localhost:${this.port}`, ...init.headers };
    const response = await request(`http://127.0.0.1:${this.port}${path}`, { ...init, headers, signal, dispatcher: this.agent });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, text, messages: messagesIn(String(response.headers["content-type"] ?? ""), text) };
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

let lastId = 0;
/** Somebody's client: a token, at times a session, and how many of its requests are under way. */
export class Person {
  underWay = 0;
  session: string | null = null;

  constructor(
    readonly door: Door,
    readonly token: string,
  ) {}

  async ask(era: Era, asked: Asked): Promise<Answer & { id: number }> {
    const id = ++lastId;
    this.underWay++;
    try {
      const body = bodyOf(era, id, asked);
      return { id, ...(await this.door.send(this.door.path, { method: "POST", headers: this.headers(era, asked), body, signal: asked.signal })) };
    } finally {
      this.underWay--;
    }
  }

  async begin(): Promise<string> {
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "soak", version: "1" } };
    const answer = await this.ask("2025-11-25", { method: "initialize", params });
    const session = answer.headers["mcp-session-id"];
    if (answer.status !== 200 || typeof session !== "string") throw wrong("initialize", answer);
    return session;
  }

  async end(session: string): Promise<void> {
    const answer = await this.door.send(this.door.path, { method: "DELETE", headers: this.headers("2025-11-25", { method: "", session }) });
    if (answer.status !== 204) throw wrong("DELETE", answer);
  }

  headers(era: Era, { method, name, session }: Asked): Record<string, string> {
    return {
      authorization: `Bearer ${this.token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": era,
      ...(era === "2026-07-28" && { "mcp-method": method, ...(name !== undefined && { "mcp-name": name }) }),
      ...(session && { "mcp-session-id": session }),
    };
  }
}

export function bodyOf(era: Era, id: number, { method, params = {} }: Asked): string {
  const { _meta, ...rest } = params;
  const whole = era === "2026-07-28" ? { ...rest, _meta: { ...modernMeta, ...(_meta as JsonObject | undefined) } } : params;
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: whole });
}

const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "soak", version: "1" },
};

export const wrong = (what: string, { status, text }: Answer) => new Wrong(`${what}: HTTP ${status} ${text.slice(0, 300)}`);

function messagesIn(type: string, text: string): JsonObject[] {
  if (type.startsWith("application/json")) return [parsed(text)];
  if (!type.startsWith("text/event-stream")) return [];
  return text.split("\n").flatMap((line) => (/^data: *\S/.test(line) ? [parsed(line.slice(5))] : []));
}

function parsed(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return { unreadable: text.slice(0, 100) };
  }
}
