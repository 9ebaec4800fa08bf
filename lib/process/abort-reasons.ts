import { singleton } from "@/lib/singleton";

/** What React gives as the reason when nothing went wrong. */
const allIsWell = "This render completed successfully";

/**
 * Each render of a page ends with aborts whose reasons are errors that nobody looks at. Until its stack is asked for, an error holds what
 * its frames ran in: the render with all its data and, by way of Node's queue of immediates, those of the renders beside it, without
 * end (nodejs/node#66129, react/react#37288). So each is asked at once, or given a stack where asking would be work for nothing.
 */
export function letRendersGo(): void {
  singleton("abort-reasons", () => {
    const { abort } = AbortController.prototype;
    AbortController.prototype.abort = function (given?: unknown) {
      const isNew = !this.signal.aborted;
      abort.call(this, given);
      const { reason } = this.signal;
      if (!isNew || !(reason instanceof Error)) return;
      if (given === undefined || reason.message.startsWith(allIsWell)) reason.stack = `${reason.name}: ${reason.message}`;
      else void reason.stack;
    };
    return true;
  });
}
