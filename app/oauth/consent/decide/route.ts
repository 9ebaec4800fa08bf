import { errorPageResponse } from "@/components/oauth/error-page";
import { currentPerson } from "@/lib/auth/request";
import { database } from "@/lib/db";
import { newId } from "@/lib/ids";
import { readBrowserCookie } from "@/lib/oauth/browser-cookie";
import { decideConsent } from "@/lib/oauth/decide";
import { readBody } from "@/lib/oauth/http";
import { readForm } from "@/lib/oauth/parameters";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { isSameOrigin } from "@/lib/oauth/same-origin";
import { issuer } from "@/lib/oauth/urls";
import { reportFault } from "@/lib/report";

const formBytesMax = 4_096;

export async function POST(request: Request) {
  const form = readForm(request.headers.get("content-type"), (await readBody(request, formBytesMax)) ?? "");
  const token = form?.one("tx");
  if (!form || !token || !isSameOrigin(request.headers)) return forged();
  try {
    const visit = { token, browser: readBrowserCookie(request.headers.get("cookie")), person: await currentPerson() };
    const decision = { ...visit, csrf: form.one("csrf") ?? "", decision: form.one("decision") ?? "" };
    const outcome = await decideConsent(await database(), decision, new Date());
    if (outcome.kind === "forged") return forged();
    return redirectResponse(outcome.kind === "redirect" ? outcome.location : `${issuer()}/oauth/consent?tx=${encodeURIComponent(token)}`);
  } catch (error) {
    const explanation = "Nothing was allowed. Go back to the app and connect again.";
    return errorPageResponse({ title: "Something went wrong on our side", explanation, code: "server_error", reference: reportFault(error) }, 500);
  }
}

function forged(): Response {
  const explanation = "This form was not sent from this page, or you have signed in again since. Go back to the app and connect again.";
  return errorPageResponse({ title: "Nothing was allowed", explanation, code: "access_denied", reference: newId("azn") }, 403);
}
