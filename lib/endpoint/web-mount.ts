import { clientAddress } from "@/lib/auth/client-address";
import type { EventStream } from "@/lib/mcp/event-stream";
import type { AnswerBody } from "@/lib/mcp/answers";
import type { Pour } from "@/lib/mcp/pour";
import type { Endpoint } from "./endpoint";
import { handleMcp } from "./handle";
import { overloaded } from "./limited";

/** The endpoint for hosts that speak web requests, such as an App Router route handler. */
export async function serveWeb(endpoint: Endpoint, address: { orgSlug: string; portalSlug: string }, request: Request): Promise<Response> {
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const isTaken = await new Promise<boolean>((resolve) => {
    if (endpoint.overload.enter(resolve)) resolve(true);
  });
  const answer = isTaken
    ? await handleMcp(endpoint, {
        method: request.method,
        ...address,
        context: URL.parse(request.url)?.searchParams.get("context") ?? undefined,
        header,
        read: (bytesMax) => readRequest(request, bytesMax),
        signal: () => request.signal,
        ip: clientAddress(request.headers),
      })
    : overloaded(header);
  const { status, headers, body, stream, pour } = answer;
  if (pour) return new Response(poured(pour, request.signal), { status, headers });
  return new Response(stream ? readableOf(stream, request.signal) : whole(body), { status, headers });
}

const whole = (body: AnswerBody | null) => (body === null || typeof body === "string" ? body : Buffer.concat(body.map((piece) => Buffer.from(piece))));

function readableOf(stream: EventStream, gone: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  if (gone.aborted) stream.gone();
  gone.addEventListener("abort", () => stream.gone(), { once: true });
  return new ReadableStream(
    {
      start(controller) {
        stream.attach({
          write(text) {
            controller.enqueue(encoder.encode(text));
            return (controller.desiredSize ?? 0) > 0;
          },
          cut: () => controller.error(new Error("the reader is too far behind")),
          close() {
            try {
              controller.close();
            } catch {
              // Cancelled by its reader already.
            }
          },
        });
      },
      pull: () => stream.drained(),
      cancel: () => stream.gone(),
    },
    { highWaterMark: 65_536, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}

function poured(pour: Pour, gone: AbortSignal): ReadableStream<Uint8Array> {
  gone.addEventListener("abort", () => pour.gone(), { once: true });
  if (gone.aborted) pour.gone();
  return new ReadableStream(
    {
      start(controller) {
        pour.attach({
          write(pieces) {
            for (const piece of pieces) controller.enqueue(Buffer.from(piece));
            return (controller.desiredSize ?? 0) > 0;
          },
          end: () => controller.close(),
          destroy: () => controller.error(new Error("the answer ended before it was complete")),
        });
      },
      pull: () => pour.drained(),
      cancel: () => pour.gone(),
    },
    { highWaterMark: 65_536, size: (chunk) => chunk?.byteLength ?? 0 },
  );
}

async function readRequest(request: Request, bytesMax: number): Promise<Buffer | null> {
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    bytes += value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}
