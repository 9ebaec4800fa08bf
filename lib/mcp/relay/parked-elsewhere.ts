import { peers } from "@/lib/peers";
import type { BadMessage, Message } from "../frame";

/** The socket of the process in whose memory the call waits that this request brings answers for; null when that is here or nowhere. */
export function waitsElsewhere(message: Message | BadMessage): string | null {
  if (message.kind !== "request") return null;
  const { requestState } = message.params;
  return typeof requestState === "string" ? peers().readMark(requestState).elsewhere : null;
}
