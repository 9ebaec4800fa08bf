import { database } from "@/lib/db";
import { limits } from "@/lib/limits";
import { endpointResponse, preflightResponse, readBody } from "@/lib/oauth/http";
import { sender } from "@/lib/oauth/incoming";
import { answerRegistration } from "@/lib/oauth/register";
import { registrationSettings } from "@/lib/oauth/settings";

export function POST(request: Request) {
  return endpointResponse("register", async () => {
    const body = await readBody(request, limits.registrationBytesMax);
    const registration = { ...sender(request), contentType: request.headers.get("content-type"), body };
    return answerRegistration(await database(), registration, registrationSettings(), new Date());
  });
}

export function OPTIONS() {
  return preflightResponse("POST");
}
