/**
 * Calls under way by (session, request id), so that `notifications/cancelled` of the 2025 eras finds its call; without a session
 * by (grant, request id). Nobody else can reach it (ME-15). Of one grant's two processes without sessions that use the same id,
 * nobody's call is cancelled.
 */
export class Cancellations {
  private readonly running = new Map<string, AbortController | "ambiguous">();

  of(owner: string) {
    const keyOf = (id: unknown) => `${owner} ${JSON.stringify(id)}`;
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
