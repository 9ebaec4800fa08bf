// The OpenID Connect name of the same document, which some clients ask for first or only. Written out, since Next.js reads
// `dynamic` from the file itself.
export { GET, OPTIONS } from "../../oauth-authorization-server/[[...path]]/route";

export const dynamic = "force-dynamic";
