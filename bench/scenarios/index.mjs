import { big64k, calls16, steady200 } from "./calls.mjs";
import { list10, list1000 } from "./lists.mjs";
import { big10m, idle, memory } from "./memory.mjs";
import { setup } from "./sessions.mjs";
import { sse } from "./streams.mjs";

/**
 * In the order in which they run: what is watched most comes first. A scenario either says how to `measure` one target once, and is
 * then run in rounds, or how to `run` as a whole and give its rows.
 */
export const scenarios = [calls16, steady200, list1000, list10, big64k, setup, sse, big10m, idle, memory];
