import { sql } from "drizzle-orm";
import { accessTokens, grants } from "@/drizzle/schema";
import type { CapabilityKind } from "@/drizzle/schema/servers";
import { sealSid, sessionCookie } from "@/lib/auth/cookie";
import type { OrgContext } from "@/lib/auth/context";
import { createSession } from "@/lib/auth/session";
import type { Database } from "@/lib/db/types";
import { updatePolicy } from "@/lib/policies/commands";
import { setToggle } from "@/lib/portals/commands";
import * as make from "@/tests/support/factories";
import { bad, healthy, promptOf, readmeOf, type SoakUpstreams, spares, toolsOf } from "./upstreams";

export type Place = {
  /** The portal's path, and pages that its owner may see. */
  path: string;
  pages: string[];
  cookie: string;
  tokens: string[];
  /** By id, the name under which the upstreams count. */
  servers: Map<string, string>;
  /** Changes rights as another instance does: a tool goes on or off, a policy concerns somebody else. Nobody's calls depend on it. */
  change(n: number): Promise<void>;
};

/** An organization with a portal before all the servers, an owner in a browser, and people with a token each. */
export async function furnish(db: Database, publicUrl: string, upstreams: SoakUpstreams, people: number): Promise<Place> {
  const { org, owner, ctx } = await make.anOrg(db);
  const portal = await make.aPortal(db, org.id);
  const servers = new Map<string, string>();
  const switched: string[] = [];
  const tomorrow = new Date(Date.now() + 86_400_000);
  const add = async (slug: string, url: string, offers: [CapabilityKind, string[]][], more: Parameters<typeof make.aServer>[2]) => {
    const server = await make.aServer(db, org.id, { slug, name: slug, url, nextSyncAt: tomorrow, probedAt: new Date(), ...more });
    servers.set(server.id, slug);
    const on = [];
    for (const [kind, names] of offers) for (const name of names) on.push(await make.aCapability(db, org.id, server.id, kind, name));
    await make.anAssignment(db, org.id, portal.id, server.id, on, { position: servers.size });
    switched.push(...on.filter(({ name }) => name.includes("-spare-")).map(({ id }) => id));
  };
  for (const slug of healthy) {
    const tools = [...toolsOf(slug), ...Array.from({ length: spares }, (_, i) => `${slug}-spare-${i}`)];
    await add(
      slug,
      upstreams[slug].url,
      [
        ["tool", tools],
        ["prompt", [promptOf(slug)]],
        ["resource", [readmeOf(slug)]],
      ],
      {
        ...(slug === "new" ? { era: "modern", protocolVersion: "2026-07-28" } : { era: "legacy", protocolVersion: "2025-11-25" }),
        serverCapabilities: { tools: { listChanged: true }, prompts: {}, resources: {} },
      },
    );
  }
  for (const slug of bad)
    await add(slug, `${upstreams.bad.url}/${slug}`, [["tool", [slug]]], {
      protocolVersion: "2025-11-25",
      serverCapabilities: { tools: {} },
      callTimeoutMs: 4_000,
    });
  const elsewhere = await make.aPolicy(db, org.id, [{ kind: "email_domain", domain: "elsewhere.test" }], { action: "block" });
  const everyone = await make.aPolicy(db, org.id, [{ kind: "everyone" }]);
  await make.attachToPortal(db, org.id, portal.id, elsewhere.id, everyone.id);
  const path = `/mcp/${org.slug}/${portal.slug}`;
  const tokens: string[] = [];
  for (let i = 0; i < people; i++) tokens.push((await make.aGrant(db, portal, (await make.aPerson(db)).id, `${publicUrl}${path}`)).token);
  // A long soak outlives what is issued for an hour.
  for (const table of [grants, accessTokens]) await db.update(table).set({ expiresAt: sql`now() + interval '7 days'` });
  const sid = await createSession(db, owner.id, { ip: "127.0.0.1", userAgent: "soak" }, new Date());
  const admin = ["", "/servers", "/activity", `/portals/${portal.id}/capabilities`, "/policies", "/people"].map((page) => `/admin/${org.slug}${page}`);
  return {
    ...{ path, tokens, servers },
    pages: [...admin, `/connect/${org.slug}/${portal.slug}`],
    cookie: `${sessionCookie().name}=${await sealSid(sid)}`,
    change: (n) => change({ ...ctx, now: new Date() }, { n, portalId: portal.id, policyId: elsewhere.id, switched }),
  };
}

async function change(
  ctx: OrgContext,
  { n, portalId, policyId, switched }: { n: number; portalId: string; policyId: string; switched: string[] },
): Promise<void> {
  const capabilityId = switched[n % switched.length] ?? "";
  const isOff = Math.floor(n / switched.length) % 2 === 0;
  if (n % 4 !== 3) return setToggle(ctx, { portalId, capabilityId, enabled: !isOff });
  const rules = { include: [{ kind: "email_domain" as const, domain: `elsewhere-${n}.test` }], require: [], exclude: [] };
  await updatePolicy(ctx, { policyId, name: "Others", description: "", action: "block", ...rules });
}
