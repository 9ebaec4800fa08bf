import type { Database } from "@/lib/db/types";
import { aConnectedPortal } from "./connected";
import { type ProviderOptions, startGuarded, startOidc } from "./oidc";

/** Portals with one server each, behind a sign-in service that is the real oidc-provider; the server says who called. */
export function oauthScenes(db: Database) {
  const running: { close(): Promise<void> }[] = [];
  return {
    running,
    closeAll: () => Promise.all(running.map((one) => one.close())),
    async aScene(options: ProviderOptions = {}, account: "personal" | "shared" = "personal") {
      const oidc = await startOidc(options);
      const { upstream, guard } = await startGuarded(oidc);
      running.push(oidc, upstream);
      const portal = await aConnectedPortal(db, upstream.url, "oauth", account);
      return { ...portal, oidc, upstream, guard };
    },
  };
}

export type OAuthScene = Awaited<ReturnType<ReturnType<typeof oauthScenes>["aScene"]>>;

/** A client of ours that somebody entered at the provider. */
export const byHand = (secret: string) => ({
  client_id: "by-hand",
  client_secret: secret,
  redirect_uris: ["http://localhost:3000/oauth/upstream/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  application_type: "native",
});
