import { errorPageResponse } from "@/components/oauth/error-page";
import { currentPerson } from "@/lib/auth/request";
import { database } from "@/lib/db";
import { newReference } from "@/lib/ids";
import { readBrowserCookie } from "@/lib/oauth/browser-cookie";
import { decideConsent } from "@/lib/oauth/decide";
import { readBody } from "@/lib/oauth/http";
import { readForm } from "@/lib/oauth/parameters";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { isSameOrigin } from "@/lib/oauth/same-origin";
import { issuer } from "@/lib/oauth/urls";
import { logStep, reportFault } from "@/lib/report";

const formBytesMax = 4_096;

export async function POST(request: Request) {
  const form = readForm(request.headers.get("content-type"), (await readBody(request, formBytesMax)) ?? "");
  const token = form?.one("tx");
  if (!form || !token || !isSameOrigin(request.headers)) return forged(request, strange());
  try {
    const visit = { token, browser: readBrowserCookie(request.headers.get("cookie")), person: await currentPerson() };
    const decision = { ...visit, csrf: form.one("csrf") ?? "", decision: form.one("decision") ?? "" };
    const outcome = await decideConsent(await database(), decision, new Date());
    if (outcome.kind === "forged") return forged(request, outcome.reference);
    return redirectResponse(outcome.kind === "redirect" ? outcome.location : `${issuer()}/oauth/consent?tx=${encodeURIComponent(token)}`);
  } catch (error) {
    const reference = newReference();
    reportFault(error, { reference });
    const explanation = "Nothing was allowed. Go back to the app and connect again.";
    return errorPageResponse(request, { title: "Something went wrong on our side", explanation, code: "server_error", reference }, 500);
  }
}

/** A form that belongs to no sign-in that is known here. */
function strange(): string {
  const reference = newReference();
  logStep(reference, "consent", "refused", { reason: "forged" });
  return reference;
}

function forged(request: Request, reference: string): Response {
  const explanation = "This form was not sent from this page, or you have signed in again since. Go back to the app and connect again.";
  return errorPageResponse(request, { title: "Nothing was allowed", explanation, code: "access_denied", reference }, 403);
}
