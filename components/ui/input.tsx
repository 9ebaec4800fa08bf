"use client";

import type { ComponentProps } from "react";
import { typedText, useControl } from "@/components/shared/field-context";
import { cn } from "@/lib/cn";
import { fieldClasses } from "./field-classes";

/** A text field. Inside a `FormField` it takes name, label, error and the typed value from there. */
export function Input({ className, ...given }: ComponentProps<"input">) {
  const { typed, ...props } = useControl(given);
  const value = props.type === "password" ? undefined : typedText(typed);
  return (
    <input
      className={cn(fieldClasses, "h-9 file:mr-3 file:border-0 file:bg-transparent file:font-medium", className)}
      {...props}
      {...(value !== undefined && props.value === undefined ? { defaultValue: value } : {})}
    />
  );
}
