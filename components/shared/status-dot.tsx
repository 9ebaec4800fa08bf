import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

export type Tone = "ok" | "warn" | "error" | "off" | "green" | "amber" | "red" | "grey";

const dots: Record<Tone, string> = {
  ok: "bg-ok",
  green: "bg-ok",
  warn: "bg-warn",
  amber: "bg-warn",
  error: "bg-error",
  red: "bg-error",
  off: "border border-off",
  grey: "border border-off",
};

export type StatusDotProps = {
  tone: Tone /** The word; a colour never speaks alone. */;
  children?: ReactNode;
  word?: ReactNode;
  isBusy?: boolean;
  className?: string;
};

/** A dot with its word: ok green, warn amber, error red, off grey and hollow. */
export function StatusDot({ tone, children, word, isBusy = false, className }: StatusDotProps) {
  return (
    <span className={cn("inline-flex items-center gap-1.5 whitespace-nowrap", className)}>
      <span aria-hidden className={cn("size-2 shrink-0 rounded-full", dots[tone], isBusy && "animate-pulse")} />
      <span>{children ?? word}</span>
    </span>
  );
}
