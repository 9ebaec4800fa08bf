import { after } from "next/server";
import { errorPageResponse } from "@/components/oauth/error-page";
import { currentPerson } from "@/lib/auth/request";
import { finishConnecting } from "@/lib/connections/finish";
import { sentence } from "@/lib/form";
import { newReference } from "@/lib/ids";
import { redirectResponse } from "@/lib/oauth/redirect-response";
import { issuer } from "@/lib/oauth/urls";
import { logStep, reportFault } from "@/lib/report";
import { syncServer } from "@/lib/servers/sync";

const title = "The account is not connected";

/** Where every server's provider sends people back to. What it wrote is never shown. */
export async function GET(request: Request) {
  try {
    const person = await currentPerson();
    if (!person) {
      const reference = newReference();
      logStep(reference, "callback", "refused", { reason: "signed_out" });
      const explanation = "You are not signed in here any more, so this sign-in cannot be finished. Sign in and connect the account again.";
      return errorPageResponse(request, { title, explanation, code: "signed_out", reference, back: { path: "/sign-in", label: "Sign in" } }, 401);
    }
    const done = await finishConnecting(person, new URL(request.url).searchParams);
    if (done.kind === "connected") {
      const { orgId, serverId, isShared } = done;
      // The shared account is what the server's lists are read with.
      if (isShared) after(() => syncServer(person.db, { orgId, serverId }, "schedule"));
      return redirectResponse(`${issuer()}${done.path}`);
    }
    const { reference } = done;
    const back = done.path === null ? undefined : { path: done.path, label: "Go back and try again" };
    return errorPageResponse(request, { title, explanation: sentence(done.person), code: done.cause, reference, back }, 400);
  } catch (error) {
    const reference = newReference();
    reportFault(error, { reference });
    const explanation = "Something went wrong on our side. Nothing was connected.";
    return errorPageResponse(request, { title, explanation, code: "server_error", reference }, 500);
  }
}
