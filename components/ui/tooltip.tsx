"use client";

import { Tooltip as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** Brings its own provider. Never the only place where something is said. */
export function Tooltip(props: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Provider delayDuration={300}>
      <Radix.Root {...props} />
    </Radix.Provider>
  );
}

export const TooltipTrigger = Radix.Trigger;

export function TooltipContent({ className, sideOffset = 4, ...props }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn("z-50 max-w-72 animate-overlay rounded-md bg-foreground px-2 py-1 text-background text-xs", className)}
        {...props}
      />
    </Radix.Portal>
  );
}
