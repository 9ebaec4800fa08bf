"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { typedText, useControl } from "@/components/shared/field-context";
import { cn } from "@/lib/cn";
import { fieldClasses } from "./field-classes";

/** The browser's own select; children are `<option>`s. Inside a `FormField` it takes name, label, error and the chosen value from there. */
export function Select({ className, ...given }: ComponentProps<"select">) {
  const { typed, ...props } = useControl(given);
  const chosen = props.value === undefined ? (typedText(typed) ?? props.defaultValue) : undefined;
  return (
    <span className={cn("relative block", className)}>
      {/* Keyed, because React does not follow a changed default of a select when a form is reset after its action. */}
      <select
        key={String(chosen)}
        className={cn(fieldClasses, "h-9 appearance-none truncate pr-8")}
        {...props}
        {...(chosen !== undefined ? { defaultValue: chosen } : {})}
      />
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted-foreground" />
    </span>
  );
}
