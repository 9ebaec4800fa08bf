import { sqlState } from "@/lib/db/prepared";

export type Refusal = { at: number; error: unknown };

/**
 * Writes all rows. One may be refused for itself, e.g. because its organization was deleted meanwhile; that must not fail its neighbours,
 * so a refused batch is halved until the rows that are to blame are alone. Any other failure is the whole batch's.
 */
export async function writeAround<T>(rows: readonly T[], write: (rows: readonly T[]) => Promise<void>, offset = 0): Promise<Refusal[]> {
  try {
    await write(rows);
    return [];
  } catch (error) {
    if (!isRefusedRow(error)) throw error;
    if (rows.length === 1) return [{ at: offset, error }];
  }
  const middle = rows.length >> 1;
  const first = await writeAround(rows.slice(0, middle), write, offset);
  return [...first, ...(await writeAround(rows.slice(middle), write, offset + middle))];
}

// Classes 22 and 23: a value that does not fit, a constraint that does not hold.
export const isRefusedRow = (error: unknown) => /^(22|23)/.test(sqlState(error) ?? "");
