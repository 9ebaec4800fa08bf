import { fetchClientDocument } from "@/lib/oauth/client-document";
import { doctorSuffix } from "@/lib/oauth/client-mark";
import { authorizationServerMetadata } from "@/lib/oauth/metadata";
import { elsewhere } from "./front-door";
import type { Http } from "./http";
import type { ClientProfile } from "./profiles";
import { refusalWords } from "./refusal-words";
import type { Stage } from "./stage";
import type { Outcome } from "./walk";

/** How the app becomes known here: by its metadata document where that is offered, else by registering itself. */
export function registrationOutcome(stage: Stage, profile: ClientProfile, http: Http): Promise<Outcome<{ clientId: string }>> {
  const { client_id_metadata_document_supported: takesDocuments, registration_endpoint: endpoint } = authorizationServerMetadata();
  if (profile.document && takesDocuments) return byDocument(stage, profile.name, profile.document);
  return endpoint ? byRegistration(profile, http, endpoint) : Promise.resolve(switchedOff(profile));
}

async function byDocument({ ports: { source } }: Stage, name: string, document: string): Promise<Outcome<{ clientId: string }>> {
  const fetched = await fetchClientDocument(document, source.fetchDocument, source.nativeRedirects);
  if (!("problem" in fetched)) return { passed: `${name} is known by its description at ${document}.`, value: { clientId: document } };
  const words = `${name} is known by its description at ${document}, which Gatehouse cannot read or accept (${fetched.problem}).`;
  return { failed: `${words} Let Gatehouse reach that host, or have the operator set \`OAUTH_CIMD=off\`, and ${name} registers itself.` };
}

function switchedOff({ name, document }: ClientProfile): Outcome<{ clientId: string }> {
  const other = document ? "both that and client metadata documents (`OAUTH_CIMD`) are" : `that is switched off here, and ${name} has no other way. It is`;
  return { failed: `${name} has to register itself, and ${other} off (\`OAUTH_DCR=off\`). The operator can switch it on.` };
}

async function byRegistration({ name, registration }: ClientProfile, http: Http, endpoint: string): Promise<Outcome<{ clientId: string }>> {
  const reply = await http.postJson(endpoint, {
    client_name: `${name}${doctorSuffix}`,
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
    ...registration,
  });
  const { client_id: clientId, redirect_uris: redirectUris } = reply.json ?? {};
  if (reply.status === 429) return { failed: "Too many apps have registered from this network within the hour. Wait, and run the check again." };
  if (reply.json?.error) return { failed: `The registration was refused: ${refusalWords(reply)}` };
  if (reply.status !== 201 || typeof clientId !== "string") return { failed: `The answer is ${reply.status} instead of 201. ${elsewhere(reply)}` };
  if (JSON.stringify(redirectUris) !== JSON.stringify(registration.redirect_uris)) return { failed: "The answer names other redirect URIs than the app sent." };
  return { passed: `It registers itself, with ${many(registration.redirect_uris.length)}.`, value: { clientId } };
}

const many = (n: number) => (n === 1 ? "one address to return to" : `${n} addresses to return to`);
