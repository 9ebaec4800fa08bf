"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonProps } from "@/components/ui/button";
import { useHydrated } from "./use-hydrated";

export type CopyButtonProps = { value: string /** What is copied, for screen readers. */; label: string; children?: React.ReactNode } & Pick<
  ButtonProps,
  "variant" | "size" | "className"
>;

/** Copies and says so; absent without JavaScript. With `children` it has words, otherwise an icon. */
export function CopyButton({ value, label, children, variant = "ghost", size, className }: CopyButtonProps) {
  const [said, say] = useState<"" | "copied" | "select it and copy by hand">("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => say(""), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  if (!useHydrated()) return null;
  const copy = () =>
    // Absent on plain http.
    (navigator.clipboard ? navigator.clipboard.writeText(value) : Promise.reject(new Error("no clipboard"))).then(
      () => say("copied"),
      () => say("select it and copy by hand"),
    );
  return (
    <>
      <Button
        type="button"
        variant={variant}
        size={size ?? (children ? "sm" : "icon-sm")}
        className={className}
        aria-label={children ? undefined : `Copy ${label}`}
        title={`Copy ${label}`}
        onClick={copy}
      >
        {said === "copied" ? <Check aria-hidden className="text-ok" /> : <Copy aria-hidden />}
        {children}
      </Button>
      <span role="status" className={said.startsWith("select") ? "text-muted-foreground text-xs" : "sr-only"}>
        {said}
      </span>
    </>
  );
}
