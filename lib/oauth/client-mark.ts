import { isLoopbackOnly, redirectHost } from "./redirect-uri";

/**
 * What is known of the app behind a grant; its name is its own claim.
 * `registered`: it described itself. `described`: the host publishes the description, and any program on the person's machine can use it.
 * `verified`: the host publishes it, and codes go to an address that the description names.
 */
export type ClientMark = { kind: "registered" } | { kind: "described" | "verified"; host: string };

export const doctorSuffix = " (OAuth doctor)";

/** What records call a client; nobody should take the OAuth doctor's visit for somebody's app. */
export const clientLabel = ({ clientName, isDoctor }: { clientName: string; isDoctor: boolean }) =>
  isDoctor && !clientName.endsWith(doctorSuffix) ? `${clientName}${doctorSuffix}` : clientName;

export function clientMark(client: { kind: "dcr" | "cimd"; id: string }, redirectUri: string): ClientMark {
  if (client.kind === "dcr") return { kind: "registered" };
  return { kind: isLoopbackOnly([redirectUri]) ? "described" : "verified", host: redirectHost(client.id) };
}
