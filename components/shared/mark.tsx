import { cn } from "@/lib/cn";

/** The mark: an arch in two strokes. Decorative; the word beside it speaks. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden className={cn("size-5 shrink-0 text-primary", className)} stroke="currentColor" strokeLinecap="round">
      <path d="M4 21V11a8 8 0 0 1 16 0v10" strokeWidth="2.5" />
      <path d="M9.5 21v-9.5a2.5 2.5 0 0 1 5 0V21" strokeWidth="2" />
    </svg>
  );
}
