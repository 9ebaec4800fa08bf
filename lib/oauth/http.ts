import { newReference } from "@/lib/ids";
import { logStep, reportFault, type Step } from "@/lib/report";
import { type OAuthAnswer, refusalAnswer, refuse, withReference } from "./answer";

/** Browser clients (the Inspector's page) read metadata and fetch tokens across origins; no cookie is involved. */
const cors = { "Access-Control-Allow-Origin": "*" };

const noStore = { "Cache-Control": "no-store", Pragma: "no-cache" };

/** The reply of the token, registration and revocation endpoints. A refusal, and a fault as `server_error`, ends in the reference that is logged with it. */
export async function endpointResponse(step: Step, work: () => Promise<OAuthAnswer>): Promise<Response> {
  let answer: OAuthAnswer;
  try {
    answer = await work();
  } catch (error) {
    answer = { ...refusalAnswer(refuse("server_error", "this is a fault on our side")), reference: newReference() };
    reportFault(error, { reference: answer.reference ?? "" });
  }
  const { refusal, reference = newReference() } = answer;
  logStep(reference, step, refusal ? "refused" : "ok", refusal && { reason: refusal.error, description: refusal.description });
  const said = refusal && refusalAnswer({ ...refusal, description: withReference(refusal.description, reference) }, answer.headers);
  return jsonResponse(said ?? answer, noStore);
}

/** The reply of a metadata document: public, cacheable for minutes. */
export function metadataResponse(body: object | null): Response {
  if (body === null) return jsonResponse({ status: 404, body: { error: "not_found" } }, noStore);
  return jsonResponse({ status: 200, body }, { "Cache-Control": "public, max-age=300" });
}

/** The answer to a CORS preflight. */
export function preflightResponse(methods: "GET" | "POST"): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...cors,
      "Access-Control-Allow-Methods": `${methods}, OPTIONS`,
      "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, MCP-Protocol-Version",
      "Access-Control-Max-Age": "86400",
    },
  });
}

/** The body as text, or null when it is longer than `bytesMax` (reading stops there). */
export async function readBody(request: Request, bytesMax: number): Promise<string | null> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return null;
  if (!request.body) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > bytesMax) {
      await reader.cancel();
      return null;
    }
    parts.push(part.value);
  }
  return Buffer.concat(parts).toString("utf8");
}

function jsonResponse(answer: OAuthAnswer, headers: Record<string, string>): Response {
  // The sniffing header matters: parts of a refusal are the caller's own words.
  return Response.json(answer.body, {
    status: answer.status,
    headers: { ...cors, ...headers, "X-Content-Type-Options": "nosniff", ...answer.headers },
  });
}
