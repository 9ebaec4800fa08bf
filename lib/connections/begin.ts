import { and, eq, ne } from "drizzle-orm";
import { connectFlows, connections } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { AppError, notFound } from "@/lib/errors";
import { newReference } from "@/lib/ids";
import { authorizeUpstream, type Failed } from "@/lib/mcp/upstream-auth";
import { bumpAccessVersion } from "@/lib/orgs/access-version";
import { logStep, reportFault } from "@/lib/report";
import { hit } from "@/lib/throttle/throttle";
import { authPorts, loadConnection } from "./connection";
import { askServer } from "./discovery";
import { departures, type Flow } from "./flows";
import { recordRefusal, type Who } from "./refusals";
import type { ConnectionRef } from "./sealed";
import { loadCredential } from "./store";

/** Where the person's browser goes next; `host` is shown before it leaves (UP-15). */
export type Leaving = { url: string; host: string; issuer: string };

const attemptsMax = 3;
// Each asks the server and its provider, and may register a client there.
const beginnings = { limit: 30, windowSeconds: 600 };

export const refOf = ({ orgId, serverId, personId, isShared }: Flow): ConnectionRef => ({ orgId, serverId, personId: isShared ? null : personId });

/** Who begins: their browser, and what is known of them; `explains` adds to a failure the detail that is for admins. */
export type Beginner = { binding: string; who: Who; now: Date; explains?: boolean };

/** Begins to sign in at the server's provider. Failures are on record, and told in the words of the sign-in library. */
export async function beginConnecting(db: Database, leaving: Omit<Flow, "correlationId">, { binding, who, now, explains = false }: Beginner): Promise<Leaving> {
  const flow: Flow = { ...leaving, correlationId: newReference() };
  const { allowed, retryAfterSeconds } = await hit(db, `connect:${flow.personId}`, beginnings, now);
  if (!allowed) throw new AppError("limit", "you began to connect accounts too often; go on in a few minutes", { retryAfterSeconds });
  const ref = refOf(flow);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const connection = await loadConnection(db, ref);
    if (!connection) throw new AppError("conflict", "this server does not sign in with OAuth");
    const challenge = (await loadCredential(db, ref))?.challenge ?? (connection.manual ? null : await askServer(ref.orgId, connection.serverUrl));
    const pending = departures(db, flow);
    await forgetEarlier(db, flow);
    const begun = await authorizeUpstream(connection, { binding, challenge }, authPorts(pending));
    if (begun.kind === "failed") {
      const reference = await recordRefusal(db, now, who, flow, begun, "connect");
      const error = asError(begun, explains);
      throw new AppError(error.code, `${error.message}. If you ask for help, give this reference: ${reference}`);
    }
    if (begun.kind !== "redirect" || !pending.saved) throw notFound("server", ref.serverId);
    await dropOtherIssuers(db, ref, begun.issuer);
    const kept = connection.adminClient ?? (await connection.store.loadClient(begun.issuer));
    // Somebody else registered us in the same moment, and that client stayed: begin again with it.
    if (kept?.clientId !== pending.saved.clientId) continue;
    logStep(flow.correlationId, "connect", "ok", { serverId: ref.serverId, issuer: begun.issuer });
    return { url: begun.url, host: new URL(begun.url).host, issuer: begun.issuer };
  }
  throw new AppError("conflict", "others connect at this moment; try again");
}

export function asError({ person, detail }: Failed, explains: boolean): AppError {
  return new AppError("upstream", explains && detail ? `${person} (${detail})` : person);
}

/** One way out at a time for each account: the latest click counts. */
async function forgetEarlier(db: Database, { orgId, serverId, personId, isShared }: Flow): Promise<void> {
  await db
    .delete(connectFlows)
    .where(and(eq(connectFlows.orgId, orgId), eq(connectFlows.serverId, serverId), eq(connectFlows.personId, personId), eq(connectFlows.isShared, isShared)));
}

/** The server names another issuer than before: what is from the former one is not good for it any more (UP-12). */
async function dropOtherIssuers(db: Database, { orgId, serverId }: ConnectionRef, issuer: string): Promise<void> {
  const others = and(eq(connections.orgId, orgId), eq(connections.serverId, serverId), eq(connections.kind, "oauth"), ne(connections.issuer, issuer));
  await db.transaction(async (tx) => {
    const dropped = await tx.delete(connections).where(others).returning({ id: connections.id });
    if (dropped.length > 0) await bumpAccessVersion(tx, orgId);
  });
}

export const faultOf = (error: unknown) => reportFault(error, { during: "a sign-in at a server" });
