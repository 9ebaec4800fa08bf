import { clientAddress } from "@/lib/auth/client-address";
import type { EventStream } from "@/lib/mcp/event-stream";
import type { Endpoint } from "./endpoint";
import { handleMcp } from "./handle";

/** The endpoint for hosts that speak web requests, such as an App Router route handler. */
export async function serveWeb(endpoint: Endpoint, address: { orgSlug: string; portalSlug: string }, request: Request): Promise<Response> {
  const { status, headers, body, stream } = await handleMcp(endpoint, {
    method: request.method,
    ...address,
    context: URL.parse(request.url)?.searchParams.get("context") ?? undefined,
    header: (name) => request.headers.get(name) ?? undefined,
    read: (bytesMax) => readRequest(request, bytesMax),
    signal: () => request.signal,
    ip: clientAddress(request.headers),
  });
  return new Response(stream ? readableOf(stream, request.signal) : body, { status, headers });
}

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
