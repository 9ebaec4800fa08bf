/** Under a plain `next start` nobody else keeps the installation tidy; under `server.ts` it is the same one loop. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { letRendersGo } = await import("@/lib/process/abort-reasons");
  letRendersGo();
  const { startUpkeep } = await import("@/lib/upkeep/upkeep");
  startUpkeep();
}
