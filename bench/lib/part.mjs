/** The other side of `startPart`: answers what the parent asks, one thing after the other or several at once. */
export function answer(work) {
  process.on("message", async ({ id, input }) => {
    try {
      process.send({ id, result: await work(input) });
    } catch (error) {
      process.send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on("disconnect", () => process.exit(0));
  // The parent ends its parts; a Ctrl-C meant for all must not cut a measurement's report off.
  process.on("SIGINT", () => {});
}
