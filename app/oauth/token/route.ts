import { database } from "@/lib/db";
import { endpointResponse, preflightResponse } from "@/lib/oauth/http";
import { formRequest } from "@/lib/oauth/incoming";
import { answerToken } from "@/lib/oauth/token";

export function POST(request: Request) {
  return endpointResponse("token", async () => answerToken(await database(), await formRequest(request), new Date()));
}

export function OPTIONS() {
  return preflightResponse("POST");
}
