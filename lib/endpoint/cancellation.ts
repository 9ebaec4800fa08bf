/**
 * Calls under way by (grant, request id), so that `notifications/cancelled` of the 2025 eras finds its call. Only the same grant
 * can reach it (ME-15). Without sessions two processes of one grant may use the same id; then nobody's call is cancelled.
 */
export class Cancellations {
  private readonly running = new Map<string, AbortController | "ambiguous">();

  of(grantId: string) {
    const keyOf = (id: unknown) => `${grantId} ${JSON.stringify(id)}`;
    return {
      begin: (id: string | number): AbortSignal => {
        const controller = new AbortController();
        this.running.set(keyOf(id), this.running.has(keyOf(id)) ? "ambiguous" : controller);
        return controller.signal;
      },
      end: (id: string | number): void => {
        this.running.delete(keyOf(id));
      },
      cancel: (id: unknown): void => {
        const controller = this.running.get(keyOf(id));
        if (controller instanceof AbortController) controller.abort();
      },
    };
  }
}
