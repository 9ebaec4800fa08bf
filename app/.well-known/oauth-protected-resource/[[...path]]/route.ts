import { database } from "@/lib/db";
import { metadataResponse, preflightResponse } from "@/lib/oauth/http";
import { findProtectedResource } from "@/lib/oauth/protected-resource";

type Params = { params: Promise<{ path?: string[] }> };

export const dynamic = "force-dynamic";

export async function GET(_request: Request, { params }: Params) {
  const { path = [] } = await params;
  return metadataResponse(await findProtectedResource(await database(), path));
}

export function OPTIONS() {
  return preflightResponse("GET");
}
