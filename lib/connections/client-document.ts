import { env } from "@/lib/env";
import { callbackUrl, clientDocumentUrl, clientName } from "./connection";

/** Our client metadata document (draft-ietf-oauth-client-id-metadata-document); null where no provider could read it. */
export function clientDocument() {
  const clientId = clientDocumentUrl();
  return (
    clientId && {
      client_id: clientId,
      client_name: clientName,
      client_uri: env().publicUrl,
      redirect_uris: [callbackUrl()],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "web",
    }
  );
}
