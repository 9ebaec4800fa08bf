import type { Told } from "@/lib/peers";

/** What the supervisor and its processes say to each other. */
export type FromProcess =
  /** It listens, and can be reached by the others at its socket. */
  { kind: "ready"; report: string[] } | { kind: "tell"; told: Told };

export type FromSupervisor =
  | { kind: "peers"; sockets: (string | null)[]; living: string[]; pages: string | null }
  | { kind: "told"; told: Told }
  /** End in order; until then take new connections for so long. */
  | { kind: "stop"; acceptMs: number };

/** Messages come from our own processes only, over a pipe that nobody else has. */
export const isMessage = <T extends { kind: string }>(message: unknown): message is T =>
  typeof message === "object" && message !== null && "kind" in message && typeof message.kind === "string";

/** This process's end of it; null when nobody supervises it. */
export function channelToSupervisor(): {
  say(message: FromProcess): void;
  hear(listener: (message: FromSupervisor) => void): void;
  onLost(listener: () => void): void;
} | null {
  if (!process.send) return null;
  return {
    // A supervisor that is gone hears nothing, and its loss ends this process anyway.
    say: (message) => void (process.connected && process.send?.(message, undefined, undefined, () => {})),
    hear: (listener) => void process.on("message", (message) => isMessage<FromSupervisor>(message) && listener(message)),
    onLost: (listener) => void process.once("disconnect", listener),
  };
}
