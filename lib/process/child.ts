import { type ChildProcess, fork } from "node:child_process";
import cluster from "node:cluster";
import { type FromProcess, type FromSupervisor, isMessage } from "./channel";

/** A process as its supervisor sees it. */
export type Child = {
  socket: string;
  startedAt: number;
  /** Its report once it serves; rejects when it ends before that. */
  ready: Promise<string[]>;
  /** Its exit code; 1 when a signal ended it. */
  ended: Promise<number>;
  say(message: FromSupervisor): void;
  kill(): void;
};

type Told = Extract<FromProcess, { kind: "tell" }>["told"];

/**
 * One that takes its connections from the shared port: several in turn, as the supervisor hands them over; one alone from the kernel,
 * because a connection that is just being handed over when its process dies is left with nobody, and open.
 */
export function startInstance(socket: string, { isAlone, args }: { isAlone: boolean; args: string[] }, onTold: (child: Child, told: Told) => void): Child {
  cluster.schedulingPolicy = isAlone ? cluster.SCHED_NONE : cluster.SCHED_RR;
  cluster.setupPrimary({ exec: program(), args: ["--as-instance", `--socket=${socket}`, ...args] });
  return watched(cluster.fork().process, socket, onTold);
}

export const startPagesProcess = (socket: string, args: string[], onTold: (child: Child, told: Told) => void): Child =>
  watched(fork(program(), ["--as-pages", `--socket=${socket}`, ...args]), socket, onTold);

function watched(child: ChildProcess, socket: string, onTold: (child: Child, told: Told) => void): Child {
  const ended = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  const ready = new Promise<string[]>((resolve, reject) => {
    child.on("message", (message) => {
      if (!isMessage<FromProcess>(message)) return;
      if (message.kind === "ready") resolve(message.report);
      else if (message.kind === "tell") onTold(self, message.told);
    });
    void ended.then((code) => reject(new Error(`a process ended with ${code} before it was ready`)));
  });
  // Whoever started it may have stopped waiting.
  ready.catch(() => {});
  // A pipe that breaks is the end of the process, which is heard elsewhere.
  child.on("error", () => {});
  const self: Child = {
    socket,
    startedAt: Date.now(),
    ready,
    ended,
    say: (message) => void (child.connected && child.send(message, () => {})),
    kill: () => void child.kill("SIGKILL"),
  };
  return self;
}

const program = () => process.argv[1] ?? "";
