import { and, eq } from "drizzle-orm";
import { afterAll } from "vitest";
import { capabilities } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import type { EndpointParts } from "@/lib/endpoint/endpoint";
import { sendUpstream } from "@/lib/mcp/upstream";
import { assignServer } from "@/lib/portals/assign";
import { loadTarget } from "@/lib/servers/credential";
import { syncServer } from "@/lib/servers/sync";
import { aServer, contextOf } from "@/tests/support/factories";
import { type RawUpstream, startRawUpstream } from "@/tests/support/raw-upstream";
import { aLivePortal, legacyHeaders, message, type Mount, modernHeaders, modernMessage, mountsOf } from "./harness";

export type ClientEra = "legacy" | "modern";

const running: RawUpstream[] = [];
afterAll(() => Promise.all(running.map((upstream) => upstream.close())));

export async function rawUpstream(options: Parameters<typeof startRawUpstream>[0]): Promise<RawUpstream> {
  const upstream = await startRawUpstream(options);
  running.push(upstream);
  return upstream;
}

/** A portal that speaks to real servers over HTTP; they get in as an admin would put them in: synchronised, then assigned. */
export async function aRawPortal(db: Database, parts: Partial<EndpointParts> = {}) {
  const live = await aLivePortal(db, { send: sendUpstream, loadTarget, ...parts });
  const ctx = contextOf(db, live.org, live.person, "owner");
  const add = async (slug: string, upstream: RawUpstream) => {
    const server = await aServer(db, live.org.id, { slug, name: `Server ${slug}`, url: upstream.url, transport: null, era: null });
    const synced = await syncServer(db, { orgId: live.org.id, serverId: server.id }, "schedule");
    if (synced.kind !== "done") throw new Error(JSON.stringify(synced));
    const found = await db
      .select({ id: capabilities.id, name: capabilities.name, kind: capabilities.kind })
      .from(capabilities)
      .where(and(eq(capabilities.orgId, live.org.id), eq(capabilities.serverId, server.id)));
    await assignServer(ctx, { portalId: live.portal.id, serverId: server.id, capabilityId: found.map(({ id }) => id) });
    return { server, capabilities: found };
  };
  /** The answer's text from where the result begins, and what is in it. */
  const ask = async (mount: Mount, era: ClientEra, method: string, params: { name?: string; uri?: string; [key: string]: unknown } = {}) => {
    const sent =
      era === "modern"
        ? { headers: modernHeaders(live.token, method, params.name ?? params.uri), body: modernMessage(method, params) }
        : { headers: legacyHeaders(live.token), body: message(method, params) };
    const { text, json } = await mount.send(sent);
    return { text, result: text.replace(/^\{"jsonrpc":"2\.0","id":1,"result":/, "").slice(0, -1), json };
  };
  return { ...live, ctx, add, ask, mounts: await mountsOf(live) };
}
