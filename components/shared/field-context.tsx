"use client";

import { createContext, useContext } from "react";
import type { FormState } from "@/lib/form";

/** What the form around knows: the last state of its action. */
export const FormStateContext = createContext<FormState>({ status: "idle" });

/** What the field around gives its control. */
export type Field = { id: string; name: string; describedBy?: string; isInvalid: boolean; isRequired: boolean; typed?: string | string[] };
export const FieldContext = createContext<Field | null>(null);

/** The state of the form around: `fields` are the errors, `values` what was typed. */
export const useFormState = (): FormState => useContext(FormStateContext);

type ControlProps = {
  id?: string;
  name?: string;
  required?: boolean;
  "aria-describedby"?: string;
  "aria-invalid"?: React.AriaAttributes["aria-invalid"];
};

/** A control's props, completed by the field around it; what the caller says itself wins. */
export function useControl<P extends ControlProps>(props: P): P & { typed?: string | string[] } {
  const field = useContext(FieldContext);
  if (!field) return props;
  return {
    ...props,
    id: props.id ?? field.id,
    name: props.name ?? field.name,
    required: props.required ?? (field.isRequired || undefined),
    "aria-describedby": props["aria-describedby"] ?? field.describedBy,
    "aria-invalid": props["aria-invalid"] ?? (field.isInvalid || undefined),
    typed: props.name === undefined || props.name === field.name ? field.typed : undefined,
  };
}

/** What was typed, where it is one text. */
export const typedText = (typed: string | string[] | undefined): string | undefined => (Array.isArray(typed) ? typed[0] : typed);
