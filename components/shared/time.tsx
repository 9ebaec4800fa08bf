"use client";

import { useEffect, useState } from "react";
import { cn } from "@/lib/cn";

export type TimeProps = {
  value: Date | string | number | null | undefined;
  /** What stands there when there is no time. */
  empty?: string;
  /** "long" (5 minutes ago) or "short" (5 min. ago). */
  style?: "long" | "short";
  className?: string;
};

/** A relative time with the exact UTC time on hover; rendered by the server, kept fresh by the browser. */
export function Time({ value, empty = "never", style = "long", className }: TimeProps) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
  const date = value === null || value === undefined ? null : new Date(value);
  if (!date || Number.isNaN(date.getTime())) return <span className={className}>{empty}</span>;
  const iso = date.toISOString();
  return (
    // The server's clock and the browser's differ by seconds.
    <time dateTime={iso} title={`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`} className={cn("whitespace-nowrap", className)} suppressHydrationWarning>
      {relative(date.getTime() - Date.now(), style)}
    </time>
  );
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86_400_000],
  ["month", 30 * 86_400_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

function relative(differenceMs: number, style: "long" | "short"): string {
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style });
  for (const [unit, size] of steps) if (Math.abs(differenceMs) >= size) return words.format(Math.trunc(differenceMs / size), unit);
  return differenceMs > 0 ? "in less than a minute" : "just now";
}
