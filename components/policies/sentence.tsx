import type { SentencePart } from "@/lib/policies/sentence";

/** A policy in words, with what was chosen set off. */
export function Sentence({ parts }: { parts: readonly SentencePart[] }) {
  return (
    <span className="wrap-anywhere text-muted-foreground">
      {parts.map((part, index) =>
        part.strong ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence have no other identity
          <strong key={index} className="font-medium text-foreground">
            {part.text}
          </strong>
        ) : (
          part.text
        ),
      )}
    </span>
  );
}
