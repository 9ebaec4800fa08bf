"use client";

import type { ComponentProps } from "react";
import { useControl } from "@/components/shared/field-context";
import { cn } from "@/lib/cn";

/** A native checkbox: it submits with forms and works without JavaScript. Give it a label, or `aria-label`. */
export function Checkbox({ className, ...given }: Omit<ComponentProps<"input">, "type">) {
  const { typed: _, ...props } = useControl(given);
  return <input type="checkbox" className={cn("disabled:cursor-default disabled:opacity-60", className)} {...props} />;
}
