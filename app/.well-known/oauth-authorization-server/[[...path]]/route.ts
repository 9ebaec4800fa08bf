import { metadataResponse, preflightResponse } from "@/lib/oauth/http";
import { authorizationServerMetadata } from "@/lib/oauth/metadata";

type Params = { params: Promise<{ path?: string[] }> };

export const dynamic = "force-dynamic";

// The issuer has no path. Some clients probe with a portal's path; this document there would make strict ones refuse it, so
// they get 404 and go on to the right one.
export async function GET(_request: Request, { params }: Params) {
  const { path = [] } = await params;
  return metadataResponse(path.length === 0 ? authorizationServerMetadata() : null);
}

export function OPTIONS() {
  return preflightResponse("GET");
}
