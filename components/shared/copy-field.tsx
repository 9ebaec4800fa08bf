import { cn } from "@/lib/cn";
import { CopyButton } from "./copy-button";

export type CopyFieldProps = {
  value: string;
  /** What it is, for the button's name: "URL". */
  label?: string;
  /** `lg` for the one thing a page is about. */
  size?: "md" | "lg";
  /** Several lines, kept as they are (a file, a command). */
  multiline?: boolean;
  className?: string;
};

/** A value in mono with a button that copies it; readable and selectable without JavaScript. */
export function CopyField({ value, label = "value", size = "md", multiline = false, className }: CopyFieldProps) {
  return (
    <div
      className={cn(
        "flex min-w-0 gap-1 rounded-md border bg-muted/50 py-1 pr-1 pl-3",
        multiline ? "items-start" : "items-center",
        size === "lg" && "py-2 pl-4",
        className,
      )}
    >
      {multiline ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <pre tabIndex={0} className="min-w-0 flex-1 overflow-x-auto py-1 font-mono text-table">
          <code>{value}</code>
        </pre>
      ) : (
        <code className={cn("wrap-anywhere min-w-0 flex-1 select-all font-mono text-table", size === "lg" && "text-base")}>{value}</code>
      )}
      <CopyButton value={value} label={label} />
    </div>
  );
}
