import { calls16 } from "./calls.mjs";

/** In the order in which they run: what is watched most comes first. */
export const scenarios = [calls16];
