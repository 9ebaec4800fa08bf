import { errorPageResponse } from "@/components/oauth/error-page";
import { database } from "@/lib/db";
import { newReference } from "@/lib/ids";
import { type AuthorizeOutcome, authorize } from "@/lib/oauth/authorize";
import { browserCookie, readBrowserCookie } from "@/lib/oauth/browser-cookie";
import { sender } from "@/lib/oauth/incoming";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { clientSource } from "@/lib/oauth/settings";
import { reportFault } from "@/lib/report";

export async function GET(request: Request) {
  try {
    const asked = { ...sender(request), search: new URL(request.url).searchParams, browser: readBrowserCookie(request.headers.get("cookie")) };
    return toResponse(request, await authorize(await database(), asked, clientSource(), new Date()));
  } catch (error) {
    const reference = newReference();
    reportFault(error, { reference });
    return errorPageResponse(
      request,
      { title: "Something went wrong on our side", explanation: "Try again in a minute.", code: "server_error", reference },
      500,
    );
  }
}

function toResponse(request: Request, outcome: AuthorizeOutcome): Response {
  switch (outcome.kind) {
    case "local": {
      const { error, description } = outcome.refusal;
      const explanation = `${description.charAt(0).toUpperCase()}${description.slice(1).replaceAll("`", "")}.`;
      return errorPageResponse(request, { title: "This app cannot be connected", explanation, code: error, reference: outcome.reference }, 400);
    }
    case "redirect":
      return redirectResponse(outcome.location);
    case "consent":
      return redirectResponse(outcome.location, { "Set-Cookie": browserCookie(outcome.browser) });
  }
}
