import { AsyncLocalStorage } from "node:async_hooks";

const transaction = new AsyncLocalStorage<{ open: boolean }>();
let open = 0;

/** Runs the body of a transaction; within it, `assertOutside` throws. */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  const mark = { open: true };
  open++;
  return transaction.run(mark, async () => {
    try {
      return await work();
    } finally {
      mark.open = false;
      // While it is enabled it costs every promise of the process.
      if (--open === 0) transaction.disable();
    }
  });
}

/** The outer database inside a transaction waits for itself on PGlite and escapes the transaction elsewhere. */
export function assertOutside(): void {
  if (transaction.getStore()?.open) throw new Error("the outer database was used inside a transaction; use `tx`");
}
