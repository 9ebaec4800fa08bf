import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { type: "minor" }) => void;
let collect: Collect | null = null;

/**
 * Lets go of the pieces that have passed. They are large, but what V8 sees of them is small, so it would not come to collect them before
 * many MiB have piled up; a minor collection takes well under a millisecond.
 */
export function collectYoungGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as Collect;
  }
  collect({ type: "minor" });
}
