"use client";

import type { ComponentProps } from "react";
import { typedText, useControl } from "@/components/shared/field-context";
import { cn } from "@/lib/cn";
import { fieldClasses } from "./field-classes";

/** Several lines of text. Inside a `FormField` it takes name, label, error and the typed value from there. */
export function Textarea({ className, ...given }: ComponentProps<"textarea">) {
  const { typed, ...props } = useControl(given);
  const value = typedText(typed);
  return (
    <textarea
      className={cn(fieldClasses, "field-sizing-content min-h-20 py-2", className)}
      {...props}
      {...(value !== undefined && props.value === undefined ? { defaultValue: value } : {})}
    />
  );
}
