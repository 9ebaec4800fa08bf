import * as schema from "@/drizzle/schema";
import { sealSid, sessionCookie } from "@/lib/auth/cookie";
import { createSession } from "@/lib/auth/session";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";
import * as make from "@/tests/support/factories";
import { tools } from "../upstream/tools.mjs";
import type { Place } from "./seed";

export type Seeded = {
  org: string;
  orgId: string;
  portalId: string;
  /** The policy that admits. */
  policyId: string;
  path: string;
  tokens: string[];
  grants: string[];
  /** The exposed names of its echoes, one of each server. */
  tools: string[];
  listed: number;
  /** The owner's browser. */
  cookie: string;
};
export type Wanted = { servers: number; toolsEach: number; off?: number; policies?: number; people?: number };

/** An organization of its own with one portal, its servers with all their tools, policies of which the last admits, and people with a token each. */
export async function aBenchPortal(db: Database, place: Place, { servers, toolsEach, off = 0, policies = 3, people = 16 }: Wanted): Promise<Seeded> {
  const { org, owner } = await make.anOrg(db);
  const portal = await make.aPortal(db, org.id);
  const offered: { name: string; enabled: boolean }[] = [];
  for (let i = 0; i < servers; i++) offered.push(...(await aBenchServer(db, place, { orgId: org.id, portalId: portal.id, index: i, toolsEach, off })));
  const policyId = await rules(db, org.id, portal.id, policies);
  const path = `/mcp/${org.slug}/${portal.slug}`;
  const { tokens, grants } = await theirGrants(db, portal, `${place.publicUrl}${path}`, people);
  const echoes = offered.filter(({ name }) => name.endsWith("_echo")).map(({ name }) => name);
  const listed = offered.filter(({ enabled }) => enabled).length;
  const sid = await createSession(db, owner.id, { ip: "127.0.0.1", userAgent: "bench" }, new Date());
  const cookie = `${sessionCookie().name}=${await sealSid(sid)}`;
  return { org: org.slug, orgId: org.id, portalId: portal.id, policyId, path, tokens, grants, tools: echoes, listed, cookie };
}

type ServerWanted = { orgId: string; portalId: string; index: number; toolsEach: number; off: number };

async function aBenchServer(db: Database, { ports, era }: Place, { orgId, portalId, index, toolsEach, off }: ServerWanted) {
  const slug = `s${index + 1}`;
  const tomorrow = new Date(Date.now() + 86_400_000);
  const server = await make.aServer(db, orgId, {
    slug,
    url: `http://127.0.0.1:${ports[index % ports.length]}/tools/${toolsEach}`,
    era,
    protocolVersion: era === "modern" ? "2026-07-28" : "2025-11-25",
    serverCapabilities: { tools: {} },
    nextSyncAt: tomorrow,
    // Every other server has a rule of its own beside the portal's.
    access: index % 2 === 1 ? "policies" : "portal",
  });
  if (server.access === "policies") {
    const { id: policyId } = await make.aPolicy(db, orgId, [{ kind: "email_domain", domain: "acme.test" }]);
    await db.insert(schema.serverPolicies).values({ orgId, serverId: server.id, policyId, position: 0 });
  }
  await make.anAssignment(db, orgId, portalId, server.id, [], { prefixed: true, position: index });
  const capabilities = tools(toolsEach).map((definition, position) => {
    const fingerprint = `${slug}-${position}`;
    const id = newId("cap");
    const { name } = definition;
    return { id, orgId, serverId: server.id, kind: "tool" as const, name, definition, fingerprint, approvedFingerprint: fingerprint, position };
  });
  for (const rows of inParts(capabilities)) await db.insert(schema.capabilities).values(rows);
  const toggles = capabilities.map(({ id: capabilityId, kind, name }, i) => {
    return { orgId, portalId, serverId: server.id, capabilityId, kind, enabled: i < toolsEach - off, exposedName: `${slug}_${name}` };
  });
  for (const rows of inParts(toggles)) await db.insert(schema.toggles).values(rows);
  return toggles.map(({ exposedName, enabled }) => ({ name: exposedName, enabled }));
}

/** The last one admits everybody; those before it concern others, so all of them are looked at. */
async function rules(db: Database, orgId: string, portalId: string, count: number): Promise<string> {
  const groupId = newId("grp");
  await db.insert(schema.groups).values({ id: groupId, orgId, name: "Elsewhere" });
  const ids: string[] = [];
  for (let i = 0; i < count - 1; i++) {
    const include = i % 2 ? [{ kind: "group" as const, groupId }] : [{ kind: "email_domain" as const, domain: `other-${i}.test` }];
    ids.push((await make.aPolicy(db, orgId, include, { action: i % 3 ? "allow" : "block" })).id);
  }
  const { id: admitting } = await make.aPolicy(db, orgId, [{ kind: "email_domain", domain: "acme.test" }]);
  await make.attachToPortal(db, orgId, portalId, ...ids, admitting);
  return admitting;
}

async function theirGrants(db: Database, portal: { id: string; orgId: string }, resource: string, count: number) {
  const { id: clientId } = await make.aClient(db, { name: "Bench" });
  const day = new Date(Date.now() + 86_400_000);
  const all = Array.from({ length: count }, () => ({ personId: newId("per"), grantId: newId("gnt"), token: newToken("gha") }));
  const redirectUri = "http://127.0.0.1/callback";
  for (const part of inParts(all)) {
    await db.insert(schema.people).values(part.map(({ personId: id }) => ({ id, email: `${id}@acme.test`, emailVerifiedAt: new Date(), name: "Ana" })));
    await db.insert(schema.grants).values(
      part.map(({ personId, grantId: id }) => {
        return { id, orgId: portal.orgId, portalId: portal.id, personId, clientId, scope: "mcp", resource, redirectUri, expiresAt: day };
      }),
    );
    await db.insert(schema.accessTokens).values(part.map(({ token, grantId }) => ({ tokenHash: hashToken(token), grantId, expiresAt: day })));
  }
  return { tokens: all.map(({ token }) => token), grants: all.map(({ grantId }) => grantId) };
}

/** A statement holds at most 65,535 parameters. */
function inParts<T>(rows: readonly T[], rowsMax = 500): T[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsMax) }, (_, i) => rows.slice(i * rowsMax, (i + 1) * rowsMax));
}
