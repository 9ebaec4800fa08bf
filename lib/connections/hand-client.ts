import { upstreamClients } from "@/drizzle/schema";
import { recordAudit } from "@/lib/activity/record";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { invalid } from "@/lib/errors";
import { discoverUpstreamAuth, type UpstreamClient } from "@/lib/mcp/upstream-auth";
import { authPorts, callbackUrl } from "./connection";
import { askServer } from "./discovery";
import type { SetUpstreamClient } from "./schema";
import { sealClient } from "./sealed";

/** What an admin registered at the provider of a server that is about to be added. The network is asked here, before any transaction is open. */
export async function clientOfNewServer(orgId: string, input: { url: string; clientId: string; clientSecret: string }): Promise<UpstreamClient> {
  const options = { serverUrl: input.url, allowUnannouncedS256: false };
  const found = await discoverUpstreamAuth(options, await askServer(orgId, input.url), authPorts().egress);
  if (found.kind === "failed") throw invalid("clientId", `belongs to a provider that could not be found: ${found.person}`);
  const { issuer, tokenAuthentications } = found.server;
  return handClient({ issuer, clientId: input.clientId, authentication: "auto" }, input.clientSecret || null, tokenAuthentications);
}

/** Stores it with its server, in the transaction that adds both. */
export async function storeFirstClient(tx: Database, ctx: OrgContext, server: { id: string; name: string }, client: UpstreamClient): Promise<void> {
  const { issuer, clientId, origin, secret } = client;
  await tx
    .insert(upstreamClients)
    .values({ orgId: ctx.org.id, serverId: server.id, issuer, clientId, origin, secret: sealClient(ctx.org.id, server.id, client) });
  await recordAudit(tx, ctx, {
    action: "server.oauth_client_set",
    target: { kind: "server", ...server },
    after: { issuer, clientId, origin, secret: secret === null ? "none" : "set" },
  });
}

type Entered = Pick<SetUpstreamClient, "issuer" | "clientId" | "authentication">;

export function handClient({ issuer, clientId, authentication }: Entered, secret: string | null, offered: readonly string[] | null): UpstreamClient {
  const way = authenticationOf(authentication, secret, offered);
  return { issuer, clientId, origin: "admin", authentication: way, secret, redirectUri: callbackUrl(), secretExpiresAt: null };
}

function authenticationOf(
  asked: SetUpstreamClient["authentication"],
  secret: string | null,
  offered: readonly string[] | null,
): UpstreamClient["authentication"] {
  if (secret === null) {
    if (asked === "client_secret_basic" || asked === "client_secret_post") throw invalid("clientSecret", "is needed for this method");
    return "none";
  }
  if (asked === "none") throw invalid("clientSecret", "is not used with this method; leave it empty");
  if (asked !== "auto") return asked;
  return offered && !offered.includes("client_secret_basic") && offered.includes("client_secret_post") ? "client_secret_post" : "client_secret_basic";
}
