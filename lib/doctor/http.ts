import type { Egress } from "@/lib/egress/request";

/** An answer as a client reads it. */
export type Reply = { status: number; headers: Record<string, string>; text: string; json: Record<string, unknown> | null };
export type Http = {
  get(url: string): Promise<Reply>;
  postJson(url: string, body: unknown, headers?: Record<string, string>): Promise<Reply>;
  postForm(url: string, form: Record<string, string>): Promise<Reply>;
  delete(url: string, headers: Record<string, string>): Promise<Reply>;
};

const bytesMax = 1_048_576;

/** One client's requests, until the signal aborts. */
export function makeHttp(egress: Egress, userAgent: string, signal: AbortSignal): Http {
  const send = async (method: "GET" | "POST" | "DELETE", url: string, headers: Record<string, string>, body?: string): Promise<Reply> => {
    const response = await egress(url, { method, headers: { "user-agent": userAgent, ...headers }, body, signal, maxBytes: bytesMax, showsRedirects: true });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
  const json = { accept: "application/json" };
  return {
    get: (url) => send("GET", url, json),
    postJson: (url, body, headers = {}) => send("POST", url, { ...json, "content-type": "application/json", ...headers }, JSON.stringify(body)),
    postForm: (url, form) => send("POST", url, { ...json, "content-type": "application/x-www-form-urlencoded" }, new URLSearchParams(form).toString()),
    delete: (url, headers) => send("DELETE", url, headers),
  };
}

/** The JSON object in a body, or in the first event of a stream. */
function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(/^data: ?(.*)$/m.exec(text)?.[1] ?? text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null; // An object, by the condition.
  } catch {
    return null;
  }
}
