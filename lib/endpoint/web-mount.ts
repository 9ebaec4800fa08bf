import { clientAddress } from "@/lib/auth/client-address";
import type { Endpoint } from "./endpoint";
import { handleMcp } from "./handle";

/** The endpoint for hosts that speak web requests, such as an App Router route handler. */
export async function serveWeb(endpoint: Endpoint, address: { orgSlug: string; portalSlug: string }, request: Request): Promise<Response> {
  const { status, headers, body } = await handleMcp(endpoint, {
    method: request.method,
    ...address,
    header: (name) => request.headers.get(name) ?? undefined,
    read: (bytesMax) => readRequest(request, bytesMax),
    signal: () => request.signal,
    ip: clientAddress(request.headers),
  });
  return new Response(body, { status, headers });
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
