import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { and, asc, eq } from "drizzle-orm";
import { assignments, calls, capabilities, servers, toggles } from "@/drizzle/schema";
import { groupCommitLog } from "@/lib/activity/group-commit-log";
import type { OrgContext } from "@/lib/auth/context";
import type { Database } from "@/lib/db/types";
import { makeEndpoint } from "@/lib/endpoint/endpoint";
import { portalPath, serveNode } from "@/lib/endpoint/node-mount";
import { portalResource } from "@/lib/oauth/urls";
import { admitDomain } from "@/lib/policies/commands";
import { assignServer, createPortal } from "@/lib/portals/commands";
import { createPortalSchema } from "@/lib/portals/schema";
import { createServer as addServer } from "@/lib/servers/commands";
import { createServerSchema, suggestSlug } from "@/lib/servers/schema";
import { syncServer } from "@/lib/servers/sync";
import { aGrant, anOrg, aPerson } from "@/tests/support/factories";
import { realParts } from "@/tests/support/features/feature-portal";
import type { NpmServer } from "./npm-servers";

/** One portal with all of these behind it, made by the commands that an admin's forms run, and a person who is let in. */
export async function aPortalOf(db: Database, upstreams: readonly NpmServer[]) {
  const { org, ctx } = await anOrg(db);
  const portal = await createPortal(ctx, createPortalSchema.parse({ name: "Real servers", slug: "real" }));
  await admitDomain(ctx, { portalId: portal.id, domain: "acme.test" });
  const added = [];
  for (const upstream of upstreams) added.push(await add(ctx, portal.id, upstream));
  const person = await aPerson(db);
  const { token } = await aGrant(db, { id: portal.id, orgId: org.id }, person.id, portalResource(org.slug, portal.slug));
  const endpoint = makeEndpoint({ db, log: groupCommitLog(db, { durable: false }), ...realParts });
  const mounted = await mount(endpoint);
  return {
    url: `${mounted.origin}/mcp/${org.slug}/${portal.slug}`,
    token,
    /** The servers' rows, in the order of the portal. */
    rows: () => db.select().from(servers).where(eq(servers.orgId, org.id)).orderBy(asc(servers.id)),
    assigned: added,
    /** What it lists, as the commands decided it: in the order of the portal, then of each server. */
    names: await namesOf(db, portal.id),
    async recorded() {
      await endpoint.flush();
      return db.select().from(calls).where(eq(calls.orgId, org.id)).orderBy(asc(calls.id));
    },
    async close() {
      endpoint.quiet();
      mounted.close();
      await endpoint.flush();
    },
  };
}

async function add(ctx: OrgContext, portalId: string, { name, url, token }: NpmServer) {
  const credential = token === undefined ? {} : { auth: "bearer", token };
  const { id } = await addServer(ctx, createServerSchema.parse({ url, name, slug: suggestSlug(name), ...credential }));
  const synced = await syncServer(ctx.db, { orgId: ctx.org.id, serverId: id }, ctx.actor);
  if (synced.kind !== "done") throw new Error(`${name} could not be read: ${JSON.stringify(synced)}`);
  const found = await ctx.db.select({ id: capabilities.id }).from(capabilities).where(eq(capabilities.serverId, id));
  const assigned = await assignServer(ctx, { portalId, serverId: id, capabilityId: found.map((capability) => capability.id) });
  return { name, found: found.length, ...assigned };
}

async function namesOf(db: Database, portalId: string) {
  const rows = await db
    .select({ kind: toggles.kind, name: toggles.exposedName })
    .from(toggles)
    .innerJoin(capabilities, eq(capabilities.id, toggles.capabilityId))
    .innerJoin(assignments, and(eq(assignments.portalId, toggles.portalId), eq(assignments.serverId, toggles.serverId)))
    .where(eq(toggles.portalId, portalId))
    .orderBy(asc(assignments.position), asc(capabilities.position));
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ name }) => name);
  return { tool: of("tool"), prompt: of("prompt"), resource: of("resource"), template: of("template") };
}

async function mount(endpoint: ReturnType<typeof makeEndpoint>) {
  const server = createServer((req, res) => {
    const address = portalPath(req.url);
    if (address) serveNode(endpoint, address, req, res);
    else res.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
