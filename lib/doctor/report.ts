/** Where an admin mends it: a page of ours. */
export type Fix = { path: string; label: string };
export type Verdict = "passed" | "failed" | "skipped";
export type Step = { id: string; title: string; verdict: Verdict /** A sentence or two: what was seen, and what to do. */; words: string; fix: Fix | null };
/** One way that was walked, such as that of one app. */
export type Walked = { id: string; name: string /** Finds its events in Activity. */; reference: string | null; steps: Step[] };
export type Report = { at: string; seconds: number; walks: Walked[] };

/** Passed when nothing failed; what had to be skipped without a failure before it is none. */
export const verdictOf = ({ steps }: Walked): "passed" | "failed" => (steps.some(({ verdict }) => verdict === "failed") ? "failed" : "passed");

export const firstFailure = ({ steps }: Walked): Step | null => steps.find(({ verdict }) => verdict === "failed") ?? null;
