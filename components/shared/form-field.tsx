"use client";

import { type ReactNode, useContext, useId } from "react";
import { Label } from "@/components/ui/label";
import { cn } from "@/lib/cn";
import { FieldContext, FormStateContext } from "./field-context";

export type FieldProps = { id: string; name: string; "aria-describedby"?: string; "aria-invalid"?: true; defaultValue?: string; required?: boolean };

export type FormFieldProps = {
  /** The form field's name; error and typed value are found under it in the state of the `ActionForm` around. */
  name: string;
  label: ReactNode;
  hint?: ReactNode;
  /** Only where no `ActionForm` is around, or its error is not the right one. */
  error?: string;
  required?: boolean;
  optional?: boolean;
  className?: string;
  /** One control of components/ui, which takes id, name, value and error from here; or a function that gets them (in client components). */
  children: ReactNode | ((field: FieldProps) => ReactNode);
};

/** Label, control, hint and error of one field, tied together for screen readers. */
export function FormField({ name, label, hint, error, required = false, optional = false, className, children }: FormFieldProps) {
  const id = useId();
  const state = useContext(FormStateContext);
  const problem = error ?? state.fields?.[name];
  const describedBy = [hint ? `${id}-hint` : "", problem ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;
  const typed = state.status === "error" ? state.values?.[name] : undefined;
  const first = Array.isArray(typed) ? typed[0] : typed;
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <Label htmlFor={id}>
        {label}
        {optional && <span className="font-normal text-muted-foreground"> (optional)</span>}
      </Label>
      <FieldContext value={{ id, name, describedBy, isInvalid: problem !== undefined, isRequired: required, typed }}>
        {typeof children === "function"
          ? children({
              id,
              name,
              required: required || undefined,
              "aria-describedby": describedBy,
              "aria-invalid": problem ? true : undefined,
              defaultValue: first,
            })
          : children}
      </FieldContext>
      {hint && (
        <p id={`${id}-hint`} className="text-muted-foreground text-table">
          {hint}
        </p>
      )}
      {problem && (
        <p id={`${id}-error`} className="text-error text-table">
          {capitalized(problem)}
        </p>
      )}
    </div>
  );
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
