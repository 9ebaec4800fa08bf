import "server-only";
import { redirect, unstable_rethrow } from "next/navigation";
import { z } from "zod";
import type { OrgContext, PersonContext } from "@/lib/auth/context";
import { orgContext, personContext } from "@/lib/auth/request";
import { isAppError } from "./errors";
import { reportFault } from "./report";

/** What a form shows after it was sent. `values` is what was typed, so nothing is lost. */
export type FormState = {
  status: "idle" | "ok" | "error";
  message?: string;
  fields?: Record<string, string>;
  values?: Record<string, string | string[]>;
  /** What the command gave back, for a form that shows it (plain data). */
  data?: unknown;
};

export const idle: FormState = { status: "idle" };

type Done<R> = { message?: string; redirectTo?: (result: R) => string };

/**
 * A server action for one command of an organization. The form carries the organization's slug in a field `org`;
 * everything else must fit the strict schema. Repeated fields become arrays where the schema wants arrays.
 */
export function orgAction<S extends z.ZodType, R>(
  schema: S,
  command: (ctx: OrgContext, input: z.output<S>) => Promise<R>,
  done: { message?: string; redirectTo?: (result: R, org: string) => string } = {},
) {
  return async (_previous: FormState, form: FormData): Promise<FormState> => {
    const org = String(form.get("org") ?? "");
    return run(schema, form, () => orgContext(org), command, {
      message: done.message,
      redirectTo: done.redirectTo && ((result) => done.redirectTo?.(result, org) ?? "/"),
    });
  };
}

/** The same for what a person does with their own account. */
export function personAction<S extends z.ZodType, R>(schema: S, command: (ctx: PersonContext, input: z.output<S>) => Promise<R>, done: Done<R> = {}) {
  return async (_previous: FormState, form: FormData): Promise<FormState> => run(schema, form, () => personContext(), command, done);
}

async function run<S extends z.ZodType, C, R>(
  schema: S,
  form: FormData,
  context: () => Promise<C>,
  command: (ctx: C, input: z.output<S>) => Promise<R>,
  done: Done<R>,
): Promise<FormState> {
  const values = formValues(form);
  const parsed = schema.safeParse(shaped(schema, values));
  if (!parsed.success) return refused(parsed.error, values);
  let result: R;
  try {
    result = await command(await context(), parsed.data);
  } catch (error) {
    unstable_rethrow(error);
    return failed(error, values);
  }
  if (done.redirectTo) redirect(done.redirectTo(result));
  return { status: "ok", message: done.message, data: result };
}

/** What was typed, without what must not travel back (passwords, secrets) and Next's own fields. */
export function formValues(form: FormData): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const key of new Set(form.keys())) {
    if (key.startsWith("$ACTION") || key === "org") continue;
    const all = form
      .getAll(key)
      .filter((value): value is string => typeof value === "string")
      .map((value) => value.replaceAll("\0", ""));
    values[key] = all.length === 1 ? (all[0] ?? "") : all;
  }
  return values;
}

/** The state of a form that zod refused: one message beside each field. */
export function refused(error: z.ZodError, values: FormState["values"]): FormState {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) fields[String(issue.path[0] ?? "form")] ??= issue.message;
  return { status: "error", message: fields.form ?? "Some fields need another look.", fields, values: withoutSecrets(values) };
}

/** The state of a form whose command refused or failed. Unknown errors are reported to the operator and shown as a request id. */
export function failed(error: unknown, values: FormState["values"]): FormState {
  if (!isAppError(error) || error.code === "internal") {
    return { status: "error", message: `Something went wrong on our side. It is logged as ${reportFault(error)}.`, values: withoutSecrets(values) };
  }
  const message = sentence(error.message);
  return { status: "error", message, fields: error.field ? { [error.field]: message } : undefined, values: withoutSecrets(values) };
}

export const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?…]$/.test(text) ? "" : "."}`;

function withoutSecrets(values: FormState["values"]): FormState["values"] {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => !/password|secret|token(?!Endpoint)|headerValue/i.test(key)));
}

// A checkbox list with one tick arrives as a string and with none not at all; the schema says which fields are lists.
function shaped(schema: z.ZodType, values: Record<string, string | string[]>): Record<string, unknown> {
  const shape = schema instanceof z.ZodObject ? (schema.shape as Record<string, z.ZodType>) : {};
  const result: Record<string, unknown> = { ...values };
  for (const [key, field] of Object.entries(shape)) {
    if (!isList(field)) continue;
    const value = values[key];
    result[key] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  }
  return result;
}

function isList(field: z.ZodType): boolean {
  if (field instanceof z.ZodArray) return true;
  return field instanceof z.ZodDefault || field instanceof z.ZodOptional ? isList(field.unwrap() as z.ZodType) : false;
}
