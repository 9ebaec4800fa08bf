import type { Egress } from "@/lib/egress/request";
import type { AuthCause } from "./failures";

/** How we prove to a token endpoint who we are. */
export type ClientAuthentication = "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";

/** What an authorization server says about itself, RFC 8414, already checked. */
export type AuthorizationServer = {
  issuer: string;
  /** Null where machines sign in only. */
  authorizationEndpoint: string | null;
  tokenEndpoint: string;
  registrationEndpoint: string | null;
  revocationEndpoint: string | null;
  /** Null when the server does not say. */
  tokenAuthentications: readonly string[] | null;
  scopes: readonly string[] | null;
  /** It promises `iss` in every authorization response (RFC 9207). */
  sendsIssuer: boolean;
  takesClientDocuments: boolean;
};

/** We, as one issuer knows us. Never shown to another issuer (UP-12). */
export type UpstreamClient = {
  issuer: string;
  clientId: string;
  origin: "admin" | "document" | "registration";
  authentication: ClientAuthentication;
  secret: string | null;
  /** PKCS#8, for `private_key_jwt`. */
  privateKey?: string;
  algorithm?: string;
  redirectUri: string;
  secretExpiresAt: Date | null;
};

/** A client that the admin registered with one issuer by hand. */
export type AdminClient = Pick<UpstreamClient, "issuer" | "clientId" | "secret" | "privateKey" | "algorithm"> & { authentication?: ClientAuthentication };

/** With whom and for what tokens are agreed on. */
export type Terms = {
  issuer: string;
  clientId: string;
  authentication: ClientAuthentication;
  grant: "code" | "client_credentials";
  /** The `resource` of RFC 8707, as the server published it. */
  resource: string;
  tokenEndpoint: string;
  revocationEndpoint: string | null;
  requestedScopes: readonly string[];
  /** Authorizations for more scopes, so that a server cannot keep asking. */
  stepUps: { count: number; since: Date };
};

export type UpstreamCredential = Terms & {
  accessToken: string;
  refreshToken: string | null;
  obtainedAt: Date;
  expiresAt: Date | null;
  grantedScopes: readonly string[];
  /** Whom the provider calls the account, where it says; only to be shown. */
  account?: string | null;
  state: "active" | "reconnect";
};

/** An authorization between leaving for the provider and coming back; single use (UP-13). */
export type PendingAuthorization = Terms & {
  connection: string;
  /** The browser session and person who left; only they may come back (UP-14). */
  binding: string;
  sendsIssuer: boolean;
  redirectUri: string;
  verifier: string;
  expiresAt: Date;
};

/** What is kept of one connection: of one organization, server, and person or shared account. */
export type ConnectionStore = {
  loadClient(issuer: string): Promise<UpstreamClient | null>;
  saveClient(client: UpstreamClient): Promise<void>;
  dropClient(issuer: string): Promise<void>;
  loadCredential(): Promise<UpstreamCredential | null>;
  /** Replaces the one before, of whatever issuer. Durable when it resolves. */
  saveCredential(credential: UpstreamCredential): Promise<void>;
  dropCredential(): Promise<void>;
  /** Runs the work while no other instance runs its own for this connection; holds no transaction open (UP-16). */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
};

export type PendingStore = {
  save(stateHash: string, pending: PendingAuthorization): Promise<void>;
  /** Removes and returns it in one step, provided the binding is the same. */
  take(stateHash: string, binding: string): Promise<PendingAuthorization | null>;
};

/** One connection to a server behind OAuth, as it is configured. */
export type UpstreamConnection = {
  /** Names organization, server and person; nobody else's connection has it. */
  key: string;
  serverUrl: string;
  redirectUri: string;
  clientName: string;
  /** Where our client metadata document is published; null where no issuer could read it. */
  clientDocumentUrl: string | null;
  adminClient: AdminClient | null;
  grant: "code" | "client_credentials";
  /** Beside what the server asks for. */
  scopes: readonly string[];
  /** An admin's decision for providers that support S256 without saying so. */
  allowUnannouncedS256: boolean;
  /** The sign-in service as an admin entered it; then nothing is discovered. */
  manual?: AuthorizationServer | null;
  store: ConnectionStore;
};

export type AuthPorts = { egress: Egress; pending: PendingStore; now(): Date };

/** `person` is for people and holds nothing the other side wrote; `detail` is for the admin. */
export type Failed = { kind: "failed"; cause: AuthCause; person: string; detail?: string };
/** The headers for requests to the server. */
export type Authorized = { kind: "authorized"; headers: Record<string, string> };
