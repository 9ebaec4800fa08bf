import { database } from "@/lib/db";
import { endpointResponse, preflightResponse } from "@/lib/oauth/http";
import { formRequest } from "@/lib/oauth/incoming";
import { answerRevocation } from "@/lib/oauth/revoke";

export function POST(request: Request) {
  return endpointResponse("revoke", async () => answerRevocation(await database(), await formRequest(request), new Date()));
}

export function OPTIONS() {
  return preflightResponse("POST");
}
