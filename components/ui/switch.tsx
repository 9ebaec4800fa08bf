import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A switch on a native checkbox: it submits as `name=on`, works without JavaScript, and is announced as a switch. */
export function Switch({ className, ...props }: Omit<ComponentProps<"input">, "type" | "role">) {
  return (
    <input
      type="checkbox"
      // biome-ignore lint/a11y/useAriaPropsForRole: a native checkbox says by itself whether it is checked
      role="switch"
      className={cn(
        "relative h-4.5 w-8 shrink-0 cursor-pointer appearance-none rounded-full border border-input bg-muted transition-colors duration-150",
        "before:absolute before:top-0.5 before:left-0.5 before:size-3 before:rounded-full before:bg-input before:transition-transform before:duration-150",
        "checked:border-primary checked:bg-primary checked:before:translate-x-3.5 checked:before:bg-primary-foreground",
        "disabled:cursor-default disabled:opacity-60",
        className,
      )}
      {...props}
    />
  );
}
