const words: Record<string, string> = {
  sign_in: "Signed in",
  sign_in_failed: "Sign-in failed",
  sign_out: "Signed out",
  sign_up: "Signed up",
  email_verified: "Confirmed the e-mail address",
  email_changed: "Changed the e-mail address",
  password_changed: "Changed the password",
  password_reset: "Set a new password by mail",
  session_revoked: "Ended a session",
  account_deleted: "Deleted the account",
  consent: "Let a client into a portal",
  consent_denied: "Did not let a client in",
  portal_refused: "Refused by a portal",
  authorization_asked: "An app asked to be let into a portal",
  authorization_refused: "Authorization refused",
  client_registered: "A client registered",
  client_refused: "A client was refused",
  token_issued: "Tokens issued",
  token_refused: "A token was refused",
  refresh_replay: "A spent refresh token was used again; its app was signed out",
  code_replay: "A code was used twice; its app was signed out",
  grant_revoked: "An app was signed out",
  service_token_revoked: "A service token was revoked",
  server_switched_off: "Switched a server off for an app",
  server_switched_on: "Switched a server on again for an app",
  account_connected: "Connected an account at a server",
  account_disconnected: "Disconnected an account at a server",
  shared_account_connected: "Connected the shared account at a server",
  account_refused: "Could not connect an account at a server",
  throttled: "Too many attempts",
  invitation_accepted: "Accepted an invitation",
  organization_deleted: "An organization was deleted",
};

/** An access event's kind in words; one that has none yet reads as itself. */
export const accessEventWords = (kind: string): string => words[kind] ?? plain(kind);

/** `server.credential_set` → `Server: credential set`. */
export function auditActionWords(action: string): string {
  const [noun = "", verb = ""] = action.split(".");
  return verb === "" ? plain(noun) : `${plain(noun)}: ${verb.replaceAll("_", " ")}`;
}

const plain = (text: string) => (text.charAt(0).toUpperCase() + text.slice(1)).replaceAll("_", " ");

/** What differs between before and after, field by field, as text; a field only one side has is empty on the other. */
export function changedFields(
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
): { field: string; before: string; after: string }[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return fields
    .map((field) => ({ field: plain(field), before: asText(before?.[field]), after: asText(after?.[field]) }))
    .filter((change) => change.before !== change.after);
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
