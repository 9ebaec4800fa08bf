import { cn } from "@/lib/cn";
import { CopyButton } from "./copy-button";
import { hiddenCharacters } from "./untrusted-text";

export type JsonViewProps = { value: unknown /** Names it for the copy button. */; label?: string; className?: string };

/** JSON, indented, with a copy button; characters one cannot see are written as escapes. */
export function JsonView({ value, label = "JSON", className }: JsonViewProps) {
  const text = (JSON.stringify(value, null, 2) ?? "null").replace(hiddenCharacters, escaped);
  return (
    <div className={cn("relative rounded-md border bg-muted/50", className)}>
      <div className="absolute top-1 right-1">
        <CopyButton value={text} label={label} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <pre tabIndex={0} className="max-h-96 overflow-auto p-3 pr-10 font-mono text-xs leading-5">
        <code>{text}</code>
      </pre>
    </div>
  );
}

const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`).join("");
