/** Whether a statement failed because a row with this key exists already; `constraint` narrows it to one unique key. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  const cause = databaseError(error);
  return cause?.code === "23505" && (constraint === undefined || cause.constraint === constraint);
}

/** The driver's own error: drizzle wraps it, and each door words it alike (`code`, `constraint`). */
function databaseError(error: unknown): { code: string; constraint?: string } | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; current = current.cause, depth++) {
    if ("code" in current && typeof current.code === "string") return current as Error & { code: string; constraint?: string };
  }
  return null;
}
