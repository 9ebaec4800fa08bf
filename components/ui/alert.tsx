import { cva, type VariantProps } from "class-variance-authority";
import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const alertVariants = cva("flex items-start gap-2.5 rounded-lg border px-3 py-2.5 text-sm [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0", {
  variants: {
    variant: {
      info: "bg-card text-foreground [&>svg]:text-muted-foreground",
      default: "bg-card text-foreground [&>svg]:text-muted-foreground",
      ok: "border-ok/25 bg-ok-soft text-ok",
      success: "border-ok/25 bg-ok-soft text-ok",
      warn: "border-warn/25 bg-warn-soft text-warn",
      warning: "border-warn/25 bg-warn-soft text-warn",
      error: "border-error/25 bg-error-soft text-error",
      destructive: "border-error/25 bg-error-soft text-error",
    },
  },
  defaultVariants: { variant: "info" },
});

export type AlertProps = ComponentProps<"div"> & VariantProps<typeof alertVariants> & { action?: React.ReactNode };

const icons = { ok: CircleCheck, success: CircleCheck, warn: TriangleAlert, warning: TriangleAlert, error: CircleAlert, destructive: CircleAlert } as const;

/** A message in the page: info, ok, warn, error. `action` is a button or link at its end. Errors are announced. */
export function Alert({ className, variant, action, children, ...props }: AlertProps) {
  const Icon = variant && variant in icons ? icons[variant as keyof typeof icons] : Info; // `in` has just checked the key.
  const isError = variant === "error" || variant === "destructive";
  return (
    <div role={isError ? "alert" : undefined} className={cn(alertVariants({ variant }), className)} {...props}>
      <Icon aria-hidden />
      <div className="wrap-anywhere min-w-0 flex-1">{children}</div>
      {action}
    </div>
  );
}

export function AlertTitle({ className, ...props }: ComponentProps<"p">) {
  return <p className={cn("font-medium", className)} {...props} />;
}

export function AlertDescription({ className, ...props }: ComponentProps<"p">) {
  return <p className={cn("mt-0.5", className)} {...props} />;
}
