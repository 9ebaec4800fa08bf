import { cn } from "@/lib/cn";

export type UntrustedTextProps = {
  text: string | null | undefined;
  /** Characters shown; the rest is counted. */
  max?: number;
  /** Keeps line breaks. */
  multiline?: boolean;
  className?: string;
};

/**
 * Text that a server, client or identity provider wrote. Characters that hide or reorder text (control, ANSI, bidi, zero-width, tag
 * characters) stand as visible chips, so a model and a person read the same (UI-05).
 */
export function UntrustedText({ text, max = 2_000, multiline = false, className }: UntrustedTextProps) {
  const all = Array.from(text ?? "");
  const shown = all.slice(0, max).join("");
  const rest = all.length - max;
  return (
    <span className={cn("wrap-anywhere", multiline && "whitespace-pre-wrap", className)} dir="auto">
      {pieces(shown).map((piece, index) =>
        piece.isHidden ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other identity
          <Chip key={index} character={piece.text} />
        ) : (
          piece.text
        ),
      )}
      {rest > 0 && <span className="text-muted-foreground"> … {rest.toLocaleString("en")} more characters</span>}
    </span>
  );
}

function Chip({ character }: { character: string }) {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  return (
    <span title={`hidden character ${code}`} className="mx-px whitespace-nowrap rounded-sm bg-warn-soft px-0.5 font-mono text-[0.85em] text-warn">
      {character === "\u001b" ? "␛" : code}
    </span>
  );
}

/** Line breaks and tabs are ordinary; everything else that one cannot see is not. */
export const hiddenCharacters = /((?!\ufe0f)\p{Default_Ignorable_Code_Point}|(?![\n\t])\p{Cc}|[\u2028\u2029]|[\ufff9-\ufffb])/gu;

function pieces(text: string): { text: string; isHidden: boolean }[] {
  return text.split(new RegExp(hiddenCharacters.source, "u")).flatMap((part, index) => (part ? [{ text: part, isHidden: index % 2 === 1 }] : []));
}
