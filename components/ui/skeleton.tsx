import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A grey box in the place of what is loading; hidden from screen readers. */
export function Skeleton({ className, ...props }: ComponentProps<"div">) {
  return <div aria-hidden className={cn("animate-pulse rounded-md bg-muted", className)} {...props} />;
}
