import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export function Separator({ className, orientation = "horizontal", ...props }: ComponentProps<"hr"> & { orientation?: "horizontal" | "vertical" }) {
  return (
    <hr
      aria-orientation={orientation}
      className={cn("shrink-0 border-0 bg-border", orientation === "horizontal" ? "h-px w-full" : "h-full w-px", className)}
      {...props}
    />
  );
}
