import { z } from "zod";

export const activityTabs = ["calls", "sign-ins", "changes"] as const;
export type ActivityTab = (typeof activityTabs)[number];

export const callOutcomes = [
  "pending",
  "ok",
  "input_required",
  "tool_error",
  "denied",
  "unknown",
  "upstream_error",
  "unreachable",
  "timeout",
  "cancelled",
  "interrupted",
  "refused",
] as const;

/** What the outcome filter may hold: one outcome, or `problem` for everything that neither went well nor is still running. */
export const outcomeFilters = ["problem", ...callOutcomes] as const;

const plain = z
  .string()
  .trim()
  .min(1)
  .max(200, "is too long")
  .regex(/^[^\0]*$/, "cannot be searched for");
const idOf = (prefix: string, what: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-z]{26}$`), `is not ${what}`);
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, "is not a date such as 2026-11-24")
  .refine((text) => !Number.isNaN(Date.parse(text)), "is not a date");

const fields = {
  person: plain.toLowerCase(),
  server: idOf("srv", "a server"),
  portal: idOf("ptl", "a portal"),
  outcome: z.enum(outcomeFilters, "is not an outcome"),
  q: plain,
  from: day,
  to: day,
  cursor: z.string().regex(/^(cal|acc|aud)_[0-9a-z]{26}$/, "is not a page"),
} satisfies Record<string, z.ZodType>;

export type FilterName = keyof typeof fields;
/** `from` and `to` are whole days in UTC, both included. */
export type ActivityFilters = { [name in FilterName]?: z.output<(typeof fields)[name]> };

/** What a page's search parameters look like. */
export type SearchParams = Record<string, string | string[] | undefined>;

/** Reads filters from a URL. A value that makes no sense is left out with a notice; a page never fails because of its URL. */
export function readFilters(params: SearchParams): { filters: ActivityFilters; notices: string[] } {
  const filters: Record<string, string> = {};
  const notices: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const given = params[name];
    const value = Array.isArray(given) ? given[0] : given;
    if (value === undefined || value.trim() === "") continue;
    const parsed = field.safeParse(value);
    if (parsed.success) filters[name] = parsed.data;
    else notices.push(`The filter “${name}” ${parsed.error.issues[0]?.message ?? "is not valid"}, so it is ignored.`);
  }
  if (filters.from && filters.to && filters.from > filters.to) {
    notices.push("The first day is after the last one, so nothing can match.");
  }
  return { filters: filters as ActivityFilters, notices };
}

export const callIdSchema = idOf("cal", "a call");
