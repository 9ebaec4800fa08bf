import type { Stop } from "@/lib/stop";
import type { Caller } from "@/lib/gateway/ports";
import type { BadMessage, Message } from "./frame";
import type { ReadHeader } from "./frame-headers";
import type { Noted } from "./noted";
import type { LiveSession } from "./sessions/live-session";

export type Incoming = {
  message: Message | BadMessage;
  bytes: number;
  header: ReadHeader;
  startedAt: Date;
  /** Aborts when the client is gone; read only where that means cancellation. */
  signal(): Stop;
  /** Who this is by now, checked in full again; null when they are out. For answers that stay open. */
  readmit(): Promise<Caller | null>;
  /** Calls under way that `notifications/cancelled` of the 2025 eras may name. */
  cancellations: Cancellation;
};

export type Cancellation = {
  begin(owner: string, id: string | number): Stop;
  end(owner: string, id: string | number): void;
  cancel(owner: string, id: unknown): void;
};

/** The same once its era is known: a request of the 2026 era, or of the 2025 eras, with the session that it names. */
export type ModernRequest = Noted & Omit<Incoming, "message">;
export type LegacyRequest = ModernRequest & { session: LiveSession | null };
