import { openEndpoint } from "@/lib/endpoint/open";
import { serveWeb } from "@/lib/endpoint/web-mount";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";
export const maxDuration = 300;

async function handle(request: Request, { params }: { params: Promise<{ org: string; portal: string }> }): Promise<Response> {
  const { org, portal } = await params;
  return serveWeb(await openEndpoint(), { orgSlug: org, portalSlug: portal }, request);
}

export { handle as DELETE, handle as GET, handle as HEAD, handle as OPTIONS, handle as PATCH, handle as POST, handle as PUT };
