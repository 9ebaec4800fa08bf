// Run by lib/process/ending.test.ts: says something all the time, and counts it to whoever started it.
import { endInOrder } from "@/lib/process/ending";
import { log } from "@/lib/report";

endInOrder(null, 0, async () => {});
setInterval(() => {
  log("info", "here");
  log("error", "and here");
  process.send?.("said");
}, 2);
