import { UntrustedText } from "@/components/shared/untrusted-text";

/** A sentence with code in backticks. It may quote what another side wrote, so all of it is shown as that. */
export function Words({ text }: { text: string }) {
  return text.split("`").map((part, i) =>
    i % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <code key={i} className="wrap-anywhere font-mono text-[0.9em]">
        <UntrustedText text={part} max={300} />
      </code>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one sentence never move
      <UntrustedText key={i} text={part} max={600} />
    ),
  );
}
