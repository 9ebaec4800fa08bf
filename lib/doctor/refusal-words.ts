import type { Reply } from "./http";

/** What an OAuth error says, as text. */
export function refusalWords({ json, status }: Pick<Reply, "json" | "status">): string {
  const { error, error_description: description } = json ?? {};
  if (typeof error !== "string") return `status ${status}`;
  return `\`${error.slice(0, 60)}\`${typeof description === "string" ? `, ${description.slice(0, 300)}` : ""}.`;
}
