import type { JsonObject } from "@/drizzle/schema/servers";
import { SseReader } from "@/lib/mcp/sse";

export type EventReader = {
  status: number;
  headers: Headers;
  /** The messages so far. */
  messages: JsonObject[];
  /** The id of the last event, with or without data. */
  lastEventId(): string | null;
  /** Resolves when the server has ended the stream. */
  ended: Promise<void>;
  /** Cuts the connection. */
  cut(): void;
};

/** An event stream as a plain HTTP client sees it. */
export async function readEvents(fetcher: typeof fetch, url: string, init: RequestInit): Promise<EventReader> {
  const cutting = new AbortController();
  const response = await fetcher(url, { ...init, signal: cutting.signal });
  const reader = new SseReader(10_000_000);
  const messages: JsonObject[] = [];
  const read = async () => {
    if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return void (await response.body?.cancel());
    for await (const chunk of response.body ?? []) {
      for (const { data } of reader.push(Buffer.from(chunk))) if (data !== "") messages.push(JSON.parse(data) as JsonObject);
    }
  };
  const ended = read().catch(() => {});
  return { status: response.status, headers: response.headers, messages, lastEventId: () => reader.lastEventId, ended, cut: () => cutting.abort() };
}
