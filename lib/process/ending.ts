import { lifecycle } from "@/lib/endpoint/health";
import { reportFault } from "@/lib/report";
import type { channelToSupervisor } from "./channel";

/** An end in order is over before that: half a minute for what is under way, ten seconds for the record, and a little for the rest. */
const lastMs = 60_000;

/** Ends the process in order, once, whoever asks for it: a signal, the supervisor or its loss, or a fault that nobody caught (AV-06). */
export function endInOrder(supervisor: ReturnType<typeof channelToSupervisor>, delayMs: number, work: (acceptMs: number) => Promise<void>): void {
  const end = (code: number, acceptMs: number) => {
    if (lifecycle().draining) return;
    lifecycle().draining = true;
    setTimeout(() => process.exit(1), acceptMs + lastMs).unref();
    work(acceptMs).then(
      () => process.exit(code),
      (error: unknown) => {
        reportFault(error);
        process.exit(1);
      },
    );
  };
  // Whoever read our lines may be gone; that is no fault to report, least of all there.
  for (const output of [process.stdout, process.stderr]) output.on("error", () => {});
  process.on("SIGTERM", () => end(0, delayMs));
  process.on("SIGINT", () => end(0, 0));
  // A terminal that goes away tells everybody; what follows from it is the supervisor's business.
  if (supervisor) process.on("SIGHUP", () => {});
  supervisor?.hear((message) => message.kind === "stop" && end(0, message.acceptMs));
  supervisor?.onLost(() => end(0, 0));
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error) => {
      reportFault(error, { event });
      end(1, 0);
    });
  }
}
