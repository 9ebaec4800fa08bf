import type { CallRow } from "@/lib/activity/call-log";
import type { Database } from "@/lib/db/types";
import { newId } from "@/lib/ids";

/** A call that has just begun. */
export const aCallRow = (orgId: string, more: Partial<CallRow> = {}): CallRow => ({
  id: newId("cal"),
  orgId,
  startedAt: new Date(),
  instanceId: newId("ins"),
  personEmail: "ana@acme.test",
  clientName: "Claude",
  portalName: "Engineering",
  method: "tools/call",
  protocolVersion: "2025-11-25",
  decision: "allowed",
  outcome: "pending",
  ...more,
});

/** The database, but something happens before each statement of the record; what that throws is what becomes of it. */
export function intercepted(db: Database, before: (statement: "insert" | "update", name: string | undefined) => unknown): Database {
  const prepareQuery: Database["_"]["session"]["prepareQuery"] = (...args) => {
    const prepared = db._.session.prepareQuery(...args);
    const execute = prepared.execute.bind(prepared);
    prepared.execute = async (values) => {
      await before(args[0].sql.startsWith("insert") ? "insert" : "update", args[2]);
      return execute(values);
    };
    return prepared;
  };
  // The record uses nothing but prepared statements and drizzle's own.
  return new Proxy(db, { get: (target, key, receiver) => (key === "_" ? { ...db._, session: { prepareQuery } } : Reflect.get(target, key, receiver)) });
}
