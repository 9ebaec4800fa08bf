/** Says what takes a while at a start, and how long it took; of several processes none says it. */
export async function step<T>(name: string, work: () => Promise<T>, isSaid: boolean): Promise<T> {
  if (!isSaid) return work();
  const started = Date.now();
  process.stdout.write(`${name} …`);
  try {
    const result = await work();
    process.stdout.write(` ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stdout.write("\n");
    throw error;
  }
}

/** What is expected at a start (settings, a lock, a port in use, a newer schema) is one sentence for a person. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `Gatehouse cannot start: ${error.message}${cause}`;
}
