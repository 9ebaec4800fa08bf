export type Era = "modern" | "legacy";

export const modernVersions: readonly string[] = ["2026-07-28"];
/** Newest first. 2024-11-05 is not served: whoever asks for it is offered 2025-03-26 (design 4.4). */
export const legacyVersions: readonly string[] = ["2025-11-25", "2025-06-18", "2025-03-26"];
export const supportedVersions: readonly string[] = [...modernVersions, ...legacyVersions];

/** What `initialize` answers: the version asked for when it is served, otherwise the nearest that is. */
export function negotiate(asked: unknown): string {
  if (typeof asked === "string" && legacyVersions.includes(asked)) return asked;
  return asked === "2024-11-05" ? "2025-03-26" : "2025-11-25";
}
