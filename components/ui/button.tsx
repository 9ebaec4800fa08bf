import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const buttonVariants = cva(
  "inline-flex shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium text-sm transition-colors duration-150 disabled:pointer-events-none disabled:opacity-60 aria-disabled:pointer-events-none aria-disabled:opacity-60 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-primary text-primary-foreground hover:bg-primary/90",
        default: "bg-primary text-primary-foreground hover:bg-primary/90",
        secondary: "border border-edge bg-card text-foreground hover:bg-muted",
        outline: "border border-edge bg-card text-foreground hover:bg-muted",
        ghost: "text-foreground hover:bg-muted",
        danger: "bg-danger text-danger-foreground hover:bg-danger/90",
        destructive: "bg-danger text-danger-foreground hover:bg-danger/90",
        link: "h-auto px-0 text-primary underline-offset-4 hover:underline",
      },
      size: { sm: "h-7 px-2.5 text-table", md: "h-8 px-3", default: "h-8 px-3", lg: "h-10 px-4", icon: "size-8", "icon-sm": "size-7" },
      /** For words that people chose, such as names: they may need a second line. */
      wraps: { true: "h-auto min-h-8 max-w-full shrink whitespace-normal break-words py-1 text-left", false: "" },
    },
    compoundVariants: [
      { variant: "link", className: "h-auto px-0" },
      { wraps: true, size: "sm", className: "min-h-7 py-0.5" },
    ],
    defaultVariants: { variant: "primary", size: "md" },
  },
);

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof buttonVariants> & { asChild?: boolean };

/** `variant`: primary, secondary (outline), ghost, danger (destructive), link. `asChild` gives the look to a link inside. */
export function Button({ className, variant, size, wraps, asChild = false, type, ...props }: ButtonProps) {
  const classes = cn(buttonVariants({ variant, size, wraps }), className);
  return asChild ? <Slot.Root className={classes} {...props} /> : <button type={type ?? "submit"} className={classes} {...props} />;
}
