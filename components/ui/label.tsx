import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** Give `htmlFor`, or put the control inside. */
export function Label({ className, ...props }: ComponentProps<"label">) {
  // biome-ignore lint/a11y/noLabelWithoutControl: the caller ties it to its control
  return <label className={cn("font-medium text-sm", className)} {...props} />;
}
