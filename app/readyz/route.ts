import { isReady } from "@/lib/endpoint/health";

export const dynamic = "force-dynamic";

export async function GET(): Promise<Response> {
  return new Response(null, { status: (await isReady()) ? 200 : 503, headers: { "cache-control": "no-store" } });
}
