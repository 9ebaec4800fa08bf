import { sql } from "drizzle-orm";
import { prepared } from "@/lib/db/prepared";
import type { Database } from "@/lib/db/types";
import { type ColumnType, endColumns, nullMark, rowMark, startColumns, valueMark } from "./call-text";

/**
 * What writes rows. `rows` are whole rows, a start with its end; `ends` are an id with an end. `keep` puts rows into the journal as they are, for
 * a fraction of what inserting them costs; `forget` takes them out again. All may be repeated: each row is there once.
 */
export type CallStatements = {
  insert(rows: readonly string[]): Promise<void>;
  complete(ends: readonly string[]): Promise<void>;
  keep(id: string, rows: readonly string[]): Promise<void>;
  forget(ids: readonly string[]): Promise<void>;
};

/**
 * A batch of any size is one text parameter, one statement and one round trip. `set_config` runs inside it: the statement is its own
 * transaction, and its commit does not wait for the disk unless `durable` (that is enough against the death of our own process).
 */
export function callStatements(db: Database, durable: boolean): CallStatements {
  const commit = durable ? "on" : "off";
  const insert = prepared(db, "call_insert", { sql: insertText, params: parameters });
  const complete = prepared(db, "call_complete", { sql: completeText, params: parameters });
  const keep = prepared(db, "call_keep", { sql: keepText, params: [sql.placeholder("rows"), sql.placeholder("commit"), sql.placeholder("id")] });
  const forget = prepared(db, "call_forget", { sql: forgetText, params: parameters });
  return {
    insert: async (rows) => void (await insert({ rows: rows.join(rowMark), commit })),
    complete: async (ends) => void (await complete({ rows: ends.join(rowMark), commit })),
    keep: async (id, rows) => void (await keep({ id, rows: rows.join(rowMark), commit })),
    forget: async (ids) => void (await forget({ rows: ids.join(rowMark), commit: "off" })),
  };
}

const parameters = [sql.placeholder("rows"), sql.placeholder("commit")];
const code = (mark: string) => `chr(${mark.charCodeAt(0)})`;
const mode = `(select set_config('synchronous_commit', $2, true)) as mode`;
const source = `${mode}
  cross join unnest(string_to_array($1, ${code(rowMark)})) as line
  cross join lateral string_to_array(line, ${code(valueMark)}, ${code(nullMark)}) as v`;

const casts: Record<ColumnType, (value: string) => string> = {
  text: (value) => value,
  int: (value) => `${value}::int`,
  float8: (value) => `${value}::float8`,
  time: (value) => `to_timestamp(${value}::float8 / 1000)`,
};
const value = (type: ColumnType, at: number) => casts[type](`v[${at}]`);

const columns = [...startColumns, ...endColumns];
const isOpen = `c.outcome in ('pending', 'interrupted')`;

// A row may be there already when a spool is replayed; then only an end that it lacks is news.
const insertText = `insert into "call" as c (${columns.map(([name]) => name).join(", ")})
select ${columns.map(([, type], i) => value(type, i + 1)).join(", ")} from ${source}
on conflict (id) do update set ${endColumns.map(([name]) => `${name} = excluded.${name}`).join(", ")} where ${isOpen} and excluded.outcome <> 'pending'`;

const completeText = `update "call" as c set ${endColumns.map(([name, type], i) => `${name} = ${value(type, i + 2)}`).join(", ")}
from ${source} where c.id = v[1] and ${isOpen}`;

const keepText = `insert into "call_journal" (id, lines) select $3, $1 from ${mode} on conflict (id) do nothing`;
const forgetText = `delete from "call_journal" using ${mode} where id = any(string_to_array($1, ${code(rowMark)}))`;
