import { HelpReference } from "./help-reference";

type Why = "unknown" | "expired" | "used" | "other_browser";

const words: Record<Why, { title: string; text: string }> = {
  unknown: { title: "There is no such request", text: "The address is incomplete, or the portal is gone. Go back to the app and connect again." },
  expired: { title: "This request has expired", text: "A request waits ten minutes. Go back to the app and connect again." },
  used: { title: "This request was answered already", text: "You can close this page. If the app still waits, connect again from there." },
  other_browser: {
    title: "This request began in another browser",
    text: "It can only be answered where it began, with cookies switched on. Go back to the app and connect again.",
  },
};

/** A request that nobody can answer any more, and what to do. */
export function ConsentGone({ why, reference }: { why: Why; reference: string }) {
  const { title, text } = words[why];
  return (
    <>
      <h1 className="text-xl font-semibold">{title}</h1>
      <p>{text}</p>
      <HelpReference reference={reference} />
    </>
  );
}
