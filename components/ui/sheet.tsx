"use client";

import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Sheet = Radix.Root;
export const SheetTrigger = Radix.Trigger;
export const SheetClose = Radix.Close;

type SheetContentProps = ComponentProps<typeof Radix.Content> & { side?: "left" | "right" };

/** A drawer at the edge. Needs a `SheetTitle` inside. For one whose state is in the URL use `shared/url-sheet`. */
export function SheetContent({ className, side = "right", children, ...props }: SheetContentProps) {
  return (
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-50 bg-black/30" />
      <Radix.Content
        className={cn(
          "fixed inset-y-0 z-50 flex w-full flex-col gap-4 overflow-y-auto bg-popover p-5 text-popover-foreground shadow-xl",
          side === "right" ? "right-0 max-w-xl animate-sheet border-l" : "left-0 max-w-72 animate-sheet-left border-r",
          className,
        )}
        {...props}
      >
        {children}
        <Radix.Close className="absolute top-3 right-3 rounded-sm p-1 text-muted-foreground hover:bg-muted hover:text-foreground" aria-label="Close">
          <X className="size-4" />
        </Radix.Close>
      </Radix.Content>
    </Radix.Portal>
  );
}

export function SheetHeader({ className, ...props }: ComponentProps<"div">) {
  return <div className={cn("flex flex-col gap-1 pr-8", className)} {...props} />;
}

export function SheetTitle({ className, ...props }: ComponentProps<typeof Radix.Title>) {
  return <Radix.Title className={cn("wrap-anywhere font-semibold text-base", className)} {...props} />;
}

export function SheetDescription({ className, ...props }: ComponentProps<typeof Radix.Description>) {
  return <Radix.Description className={cn("text-muted-foreground text-sm", className)} {...props} />;
}
