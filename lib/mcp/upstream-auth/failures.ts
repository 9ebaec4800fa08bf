import { clip } from "@/lib/errors";
import type { Failed } from "./types";

/** One sentence a cause, for people: lower case, no full stop, nothing the other side wrote. */
const sentences = {
  unavailable: "the server's sign-in service does not answer right now; try again in a few minutes",
  blocked: "the server's sign-in service is at an address that Gatehouse must not reach",
  no_metadata: "the server does not say how to sign in to it",
  bad_metadata: "the server's description of its sign-in service is not valid",
  issuer_mismatch: "the sign-in service says it is another one than the server named",
  resource_mismatch: "the server's sign-in description is for another server",
  no_s256: "the sign-in service does not announce PKCE with S256, without which signing in is not safe",
  unsafe_endpoint: "the sign-in service's addresses are not safe to use",
  no_registration: "the sign-in service takes no automatic registration; an admin has to enter a client ID",
  registration_refused: "the sign-in service refused to register Gatehouse; an admin has to enter a client ID",
  issuer_changed: "the server now names another sign-in service than the one its client ID belongs to; an admin has to review it",
  foreign_state: "this sign-in was not started here, was finished already, or took too long; start it again",
  wrong_issuer: "the answer came from another sign-in service than the one that was asked",
  denied: "access was declined at the sign-in service",
  refused: "the sign-in service refused to complete the sign-in",
  reconnect: "the connection has ended; connect the account again",
  not_connected: "the account is not connected yet",
  forbidden: "the server refuses this account although it has every permission that was asked for",
} as const;

export type AuthCause = keyof typeof sentences;

export const failed = (cause: AuthCause, detail?: string): Failed => ({
  kind: "failed",
  cause,
  person: sentences[cause],
  ...(detail && { detail: clip(detail, 300) }),
});

export const wordsFor = (cause: AuthCause): string => sentences[cause] ?? cause;
