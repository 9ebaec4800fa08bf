import { big64k, calls16, steady200 } from "./calls.mjs";
import { listchange, twoinstances } from "./changes.mjs";
import { isolation } from "./isolation.mjs";
import { list10, list1000 } from "./lists.mjs";
import { big10m, idle, memory } from "./memory.mjs";
import { overload } from "./overload.mjs";
import { pages } from "./pages.mjs";
import { records } from "./records.mjs";
import { setup } from "./sessions.mjs";
import { biglog, size } from "./size.mjs";
import { sse } from "./streams.mjs";

/**
 * In the order in which they run: what is watched most comes first. A scenario either says how to `measure` one target once, and is
 * then run in rounds, or how to `run` as a whole and give its rows.
 */
export const scenarios = [
  calls16,
  records,
  steady200,
  list1000,
  list10,
  big64k,
  setup,
  sse,
  listchange,
  big10m,
  idle,
  memory,
  pages,
  isolation,
  twoinstances,
  overload,
  size,
  biglog,
];
