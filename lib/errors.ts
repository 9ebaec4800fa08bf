export type ErrorCode = "invalid" | "unauthenticated" | "forbidden" | "not_found" | "conflict" | "limit" | "upstream" | "internal";

/**
 * The one expected error. `message` is for the person who caused it: lower case, no full stop, the thing in backticks.
 * `field` names the form field it belongs to, `retryAfterSeconds` goes with `limit`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly field?: string;
  readonly retryAfterSeconds?: number;

  constructor(code: ErrorCode, message: string, more: { field?: string; retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.name = "AppError";
    this.code = code;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
}

export function isAppError(error: unknown): error is AppError {
  // By name: the server bundle and the page bundles each hold their own copy of the class.
  return error instanceof Error && error.name === "AppError" && "code" in error;
}

export const notFound = (what: string, id: string) => new AppError("not_found", `${what} \`${clip(id, 80)}\` not found`);
export const invalid = (field: string, message: string) => new AppError("invalid", message, { field });

export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
