import { lifecycle } from "@/lib/endpoint/health";
import { reportFault } from "@/lib/report";
import type { channelToSupervisor } from "./channel";

/** Ends the process in order, once, whoever asks for it: a signal, the supervisor or its loss, or a fault that nobody caught (AV-06). */
export function endInOrder(supervisor: ReturnType<typeof channelToSupervisor>, delayMs: number, work: (acceptMs: number) => Promise<void>): void {
  const end = (code: number, acceptMs: number) => {
    if (lifecycle().draining) return;
    lifecycle().draining = true;
    work(acceptMs).then(
      () => process.exit(code),
      (error: unknown) => {
        reportFault(error);
        process.exit(1);
      },
    );
  };
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
