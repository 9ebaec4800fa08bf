import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A key on the keyboard. */
export function Kbd({ className, ...props }: ComponentProps<"kbd">) {
  return <kbd className={cn("rounded-sm border bg-muted px-1 font-mono text-[11px] text-muted-foreground", className)} {...props} />;
}
