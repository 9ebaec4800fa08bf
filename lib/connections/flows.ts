import { and, eq } from "drizzle-orm";
import { connectFlows } from "@/drizzle/schema";
import type { Database } from "@/lib/db/types";
import { hashToken } from "@/lib/ids";
import type { PendingAuthorization, PendingStore } from "@/lib/mcp/upstream-auth";
import { openPending, sealPending } from "./sealed";

/** Somebody on the way to a provider: who, for whose account, where they go on afterwards, and what this sign-in is called. */
export type Flow = { orgId: string; serverId: string; personId: string; isShared: boolean; returnTo: string; correlationId: string };

/** What stands for a browser session and the person in it; nobody else may finish what they began (UP-13, UP-14). */
export const browserBinding = (sessionId: string | null, personId: string) => hashToken(JSON.stringify([sessionId, personId]));

/** Keeps who leaves. */
export function departures(db: Database, flow: Flow): PendingStore & { saved: PendingAuthorization | null } {
  const store: PendingStore & { saved: PendingAuthorization | null } = {
    saved: null,
    async save(stateHash, pending) {
      store.saved = pending;
      const secret = sealPending(flow.orgId, stateHash, pending);
      await db.insert(connectFlows).values({ stateHash, ...flow, bindingHash: pending.binding, secret, expiresAt: pending.expiresAt });
    },
    take: async () => null,
  };
  return store;
}

/** Takes who comes back; `flow` is theirs once `take` found it. */
export function arrivals(db: Database): PendingStore & { flow: Flow | null } {
  const store: PendingStore & { flow: Flow | null } = {
    flow: null,
    save: async () => {},
    async take(stateHash, binding) {
      const [found] = await db
        .delete(connectFlows)
        .where(and(eq(connectFlows.stateHash, stateHash), eq(connectFlows.bindingHash, binding)))
        .returning();
      if (!found) return null;
      const { orgId, serverId, personId, isShared, returnTo, correlationId } = found;
      store.flow = { orgId, serverId, personId, isShared, returnTo, correlationId };
      return openPending(orgId, stateHash, found.secret);
    },
  };
  return store;
}
