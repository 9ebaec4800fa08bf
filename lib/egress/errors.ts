export type EgressCause = "blocked" | "dns" | "refused" | "tls" | "timeout" | "reset" | "redirect" | "encoding" | "too_large" | "aborted" | "invalid_url";

/** An outbound request that failed. `delivered` is false only when it failed before the request was written. */
export class EgressError extends Error {
  readonly cause_: EgressCause;
  readonly delivered: boolean;

  constructor(cause: EgressCause, delivered: boolean, message: string, more: { cause?: unknown } = {}) {
    super(message, more);
    this.name = "EgressError";
    this.cause_ = cause;
    this.delivered = delivered;
  }
}

export function isEgressError(error: unknown): error is EgressError {
  // By name: the server bundle and the page bundles each hold their own copy of the class.
  return error instanceof Error && error.name === "EgressError" && "cause_" in error;
}

/** What went wrong on the wire, in our words. */
export function toEgressError(error: unknown, delivered: boolean): EgressError {
  if (isEgressError(error)) return error.delivered === delivered ? error : new EgressError(error.cause_, delivered, error.message, { cause: error.cause });
  const code = codeOf(error);
  const cause = causes.get(code) ?? (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO$)/.test(code) ? "tls" : "reset");
  return new EgressError(cause, delivered, `${cause} (${code || "unknown"})`, { cause: error });
}

const causes = new Map<string, EgressCause>([
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
  ["EAI_FAIL", "dns"],
  ["ENODATA", "dns"],
  ["ECONNREFUSED", "refused"],
  ["EHOSTUNREACH", "refused"],
  ["ENETUNREACH", "refused"],
  ["EADDRNOTAVAIL", "refused"],
  ["ETIMEDOUT", "timeout"],
]);

// Connecting to several addresses fails with all their errors at once; the first says enough.
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
