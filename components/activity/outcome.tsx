import { StatusDot } from "@/components/shared/status-dot";
import type { CallOutcome } from "@/drizzle/schema/activity";

type Tone = "green" | "amber" | "red" | "grey";

const looks: Record<CallOutcome, { word: string; tone: Tone }> = {
  pending: { word: "open", tone: "grey" },
  ok: { word: "ok", tone: "green" },
  input_required: { word: "asked back", tone: "grey" },
  tool_error: { word: "tool error", tone: "amber" },
  denied: { word: "denied", tone: "red" },
  unknown: { word: "unknown name", tone: "red" },
  upstream_error: { word: "server error", tone: "red" },
  unreachable: { word: "unreachable", tone: "red" },
  timeout: { word: "timed out", tone: "red" },
  cancelled: { word: "cancelled", tone: "amber" },
  interrupted: { word: "interrupted", tone: "amber" },
  refused: { word: "refused", tone: "red" },
};

export const outcomeWord = (outcome: CallOutcome) => looks[outcome].word;

/** A call's outcome: a dot, and always a word beside it. */
export function Outcome({ outcome }: { outcome: CallOutcome }) {
  const { word, tone } = looks[outcome];
  return <StatusDot tone={tone}>{word}</StatusDot>;
}
