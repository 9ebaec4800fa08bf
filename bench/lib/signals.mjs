/** A run that is told to stop takes everything with it that it started; what it measured so far is written already. */
export function endWithSignals(rigOf) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, async () => {
      await rigOf()?.close();
      process.exit(130);
    });
  }
}
