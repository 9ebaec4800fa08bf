"use client";

import { LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useFormStatus } from "react-dom";
import { Button, type ButtonProps } from "@/components/ui/button";

export type SubmitButtonProps = Omit<ButtonProps, "asChild" | "type"> & {
  /** What it says while the form is under way; without it the label stays, beside a spinner. */
  pendingText?: ReactNode;
};

/** The button that sends the form around it, and says so while it does. */
export function SubmitButton({ children, pendingText, disabled, ...props }: SubmitButtonProps) {
  const { pending } = useFormStatus();
  return (
    <Button type="submit" disabled={disabled || pending} aria-busy={pending || undefined} {...props}>
      {pending && <LoaderCircle aria-hidden className="animate-spin" />}
      {pending ? (pendingText ?? children) : children}
    </Button>
  );
}
