import { and, desc, eq, gt, inArray, sql } from "drizzle-orm";
import { mcpSessions } from "@/drizzle/schema";
import { prepared } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import { hashToken, newId, newToken } from "@/lib/ids";
import { limits } from "@/lib/limits";
import type { SessionStore } from "@/lib/mcp/sessions/sessions";
import { peers } from "@/lib/peers";

/** MCP sessions in the database: idle ones run out, and a grant has so many at the most, the longest unused ones giving way. */
export function sessionStore(db: Database, now: () => Date): SessionStore {
  const begin = prepared(db, "session_begin", beginning(db).toSQL());
  return {
    async create(row) {
      const id = newId("mcs");
      const token = peers().ownToken(() => newToken("ghm"));
      const [made] = await begin({ id, tokenHash: hashToken(token), ...row, at: now() });
      return { id, token, gone: (made?.gone as string[] | undefined) ?? [] };
    },
    async find(token) {
      const alive = new Date(now().getTime() - limits.mcpSessionIdleSeconds * 1_000);
      const { id, orgId, portalId, grantId, personId, serviceTokenId, protocolVersion, clientInfo, capabilities, logLevel, subscriptions } = mcpSessions;
      const [row] = await db
        .select({ id, orgId, portalId, grantId, personId, serviceTokenId, protocolVersion, clientInfo, capabilities, logLevel, subscriptions })
        .from(mcpSessions)
        .where(and(eq(mcpSessions.tokenHash, hashToken(token)), gt(mcpSessions.lastSeenAt, alive)))
        .limit(1);
      return row ?? null;
    },
    async update(id, change) {
      await db
        .update(mcpSessions)
        .set({ ...change, lastSeenAt: now() })
        .where(eq(mcpSessions.id, id));
    },
    async remove(id) {
      await db.delete(mcpSessions).where(eq(mcpSessions.id, id));
    },
  };
}

/** One statement, which is its own transaction: a session is begun for every window of every client. */
function beginning(db: Database) {
  const grantId = sql.placeholder("grantId");
  const older = db
    .select({ id: mcpSessions.id })
    .from(mcpSessions)
    .where(eq(mcpSessions.grantId, grantId))
    .orderBy(desc(mcpSessions.lastSeenAt), desc(mcpSessions.id))
    .offset(limits.mcpSessionsPerGrant - 1);
  const gone = db.$with("gone").as(db.delete(mcpSessions).where(inArray(mcpSessions.id, older)).returning({ id: mcpSessions.id }));
  const at = sql.placeholder("at");
  return db
    .with(gone)
    .insert(mcpSessions)
    .values({
      id: sql.placeholder("id"),
      tokenHash: sql.placeholder("tokenHash"),
      orgId: sql.placeholder("orgId"),
      portalId: sql.placeholder("portalId"),
      grantId,
      personId: sql.placeholder("personId"),
      serviceTokenId: sql.placeholder("serviceTokenId"),
      protocolVersion: sql.placeholder("protocolVersion"),
      clientInfo: sql.placeholder("clientInfo"),
      capabilities: sql.placeholder("capabilities"),
      logLevel: sql.placeholder("logLevel"),
      subscriptions: sql.placeholder("subscriptions"),
      createdAt: at,
      lastSeenAt: at,
    })
    .returning({ gone: sql`(select coalesce(json_agg(id), '[]') from gone)`.as("gone") });
}
