"use client";

import { type ReactNode, useActionState, useEffect, useRef } from "react";
import { Alert } from "@/components/ui/alert";
import { cn } from "@/lib/cn";
import type { FormState } from "@/lib/form";
import { FormStateContext } from "./field-context";

export type FormAction = (previous: FormState, form: FormData) => Promise<FormState>;

export type ActionFormProps = {
  action: FormAction;
  /** The organization's slug, sent as the hidden field `org`. */
  org?: string;
  /** More hidden fields. */
  hidden?: Record<string, string>;
  /** Fields and buttons; or, in client components, a function of the state. `FormField`s inside find their errors and values by themselves. */
  children: ReactNode | ((state: FormState, isPending: boolean) => ReactNode);
  /** False where the message is shown by somebody else. */
  showsMessage?: boolean;
  /** Called once after each success. */
  onDone?: (state: FormState) => void;
  className?: string;
  id?: string;
  "aria-label"?: string;
};

const idle: FormState = { status: "idle" };

/** A form for one server action: works without JavaScript, keeps what was typed, announces what came of it, moves focus to the first wrong field. */
export function ActionForm({ action, org, hidden = {}, children, showsMessage = true, onDone, className, ...more }: ActionFormProps) {
  const [state, formAction, isPending] = useActionState(action, idle);
  const form = useRef<HTMLFormElement>(null);
  const told = useRef(state);
  useEffect(() => {
    if (told.current === state) return;
    told.current = state;
    if (state.status === "error") form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    if (state.status === "ok") onDone?.(state);
  }, [state, onDone]);
  return (
    <form ref={form} action={formAction} className={cn("flex flex-col gap-4", className)} {...more}>
      {org !== undefined && <input type="hidden" name="org" value={org} />}
      {Object.entries(hidden).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <FormStateContext value={state}>{typeof children === "function" ? children(state, isPending) : children}</FormStateContext>
      <div role="status" className="empty:hidden">
        {showsMessage && !isPending && <Outcome state={state} />}
      </div>
    </form>
  );
}

function Outcome({ state }: { state: FormState }) {
  if (!state.message || state.status === "idle") return null;
  // Beside its field it has been said already.
  if (state.status === "error" && state.fields && Object.values(state.fields).includes(state.message)) return null;
  return <Alert variant={state.status === "ok" ? "ok" : "error"}>{state.message}</Alert>;
}
