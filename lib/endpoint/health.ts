import { sql } from "drizzle-orm";
import { database } from "@/lib/db";
import { singleton } from "@/lib/singleton";

/** Whether this process is on its way out; then it must get no new traffic. */
export const lifecycle = () => singleton("lifecycle", () => ({ draining: false }));

const readyMs = 2_000;

/** Ready: not draining, and the database, which is migrated when it is open, answers within two seconds (AV-09). */
export async function isReady(db: Promise<{ execute(query: ReturnType<typeof sql>): PromiseLike<unknown> }> = database()): Promise<boolean> {
  if (lifecycle().draining) return false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), readyMs);
  });
  const answered = db
    .then((opened) => opened.execute(sql`select 1`))
    .then(
      () => true,
      () => false,
    );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
