import { errorPageResponse } from "@/components/oauth/error-page";
import { recordAccess } from "@/lib/activity/record";
import { currentPerson } from "@/lib/auth/request";
import { stopSession } from "@/lib/auth/sign-in";
import { newReference } from "@/lib/ids";
import { readBody } from "@/lib/oauth/http";
import { readForm } from "@/lib/oauth/parameters";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { isSameOrigin } from "@/lib/oauth/same-origin";
import { issuer } from "@/lib/oauth/urls";
import { logStep } from "@/lib/report";

/** "Use another account": signs this browser out, then asks to sign in for the same request. */
export async function POST(request: Request) {
  const form = readForm(request.headers.get("content-type"), (await readBody(request, 4_096)) ?? "");
  const token = form?.one("tx");
  if (!token || !isSameOrigin(request.headers)) {
    const reference = newReference();
    logStep(reference, "consent", "refused", { reason: "forged" });
    const explanation = "This form was not sent from this page. Go back to the app and connect again.";
    return errorPageResponse(request, { title: "You are still signed in", explanation, code: "access_denied", reference }, 403);
  }
  const person = await currentPerson();
  if (person) {
    await stopSession(person.db);
    await recordAccess(person.db, person.now, { ...person.request, kind: "sign_out", outcome: "ok", personId: person.person.id, email: person.person.email });
  }
  const back = `/oauth/consent?tx=${encodeURIComponent(token)}`;
  return redirectResponse(`${issuer()}/sign-in?next=${encodeURIComponent(back)}`);
}
