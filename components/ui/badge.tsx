import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const badgeVariants = cva("inline-flex w-fit shrink-0 items-center gap-1 whitespace-nowrap rounded-sm px-1.5 py-0.5 font-medium text-xs [&_svg]:size-3", {
  variants: {
    variant: {
      neutral: "bg-off-soft text-off",
      default: "bg-off-soft text-off",
      secondary: "bg-off-soft text-off",
      outline: "border text-muted-foreground",
      accent: "bg-primary-soft text-primary",
      ok: "bg-ok-soft text-ok",
      success: "bg-ok-soft text-ok",
      warn: "bg-warn-soft text-warn",
      warning: "bg-warn-soft text-warn",
      error: "bg-error-soft text-error",
      destructive: "bg-error-soft text-error",
      off: "bg-off-soft text-off",
    },
  },
  defaultVariants: { variant: "neutral" },
});

export type BadgeProps = ComponentProps<"span"> & VariantProps<typeof badgeVariants> & { asChild?: boolean };

/** A small word with a meaning: neutral, outline, accent, ok, warn, error, off. */
export function Badge({ className, variant, asChild = false, ...props }: BadgeProps) {
  const Root = asChild ? Slot.Root : "span";
  return <Root className={cn(badgeVariants({ variant }), className)} {...props} />;
}
