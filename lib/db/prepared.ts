import type { Database } from "./types";

/** As the driver reads it. */
type Row = Record<string, unknown>;
type Query = { sql: string; params: unknown[] };

/**
 * A statement whose text is made once, with `sql.placeholder`s for what differs, and that the database plans once: putting a query together
 * anew costs more than sending it. Names are unique in the product.
 */
export function prepared<R extends Row = Row>(db: Database, name: string, { sql, params }: Query): (values: Record<string, unknown>) => Promise<R[]> {
  let isNamed = true;
  return async (values) => {
    const execute = async () => {
      const { rows } = (await db._.session.prepareQuery({ sql, params }, undefined, isNamed ? name : undefined, false).execute(values)) as { rows: R[] };
      return rows;
    };
    try {
      return await execute();
    } catch (error) {
      // A pooler that mixes connections may not know the name.
      if (!isNamed || !isUnknownStatement(error)) throw error;
      isNamed = false;
      return await execute();
    }
  };
}

/** What `prepare` makes for a database, once for each; composing a statement costs more than half of what running it does. */
export function perDatabase<T>(prepare: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, T>();
  return (db) => {
    let known = made.get(db);
    if (!known) {
      known = prepare(db);
      made.set(db, known);
    }
    return known;
  };
}

/** What the driver says of an error, whoever wrapped it. */
export function sqlState(error: unknown): string | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") return current.code;
  }
  return null;
}

const isUnknownStatement = (error: unknown) => /^(26000|42P05)$/.test(sqlState(error) ?? "");
