export { authorizeUpstream, type Redirect } from "./authorize";
export { type Challenge, readChallenge } from "./challenge";
export { type Discovered, discoverUpstreamAuth } from "./discover";
export type { AuthCause } from "./failures";
export { type FindConnection, finishUpstreamAuthorization } from "./finish";
export { upstreamHeaders } from "./headers";
export { disconnectUpstream } from "./revoke";
export type * from "./types";
export { type NeedsAuthorization, onUnauthorized, type RefusedRequest } from "./unauthorized";
