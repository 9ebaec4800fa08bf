import type { EgressCause, EgressError } from "@/lib/egress/errors";

const words: Record<EgressCause, string> = {
  blocked: "The address leads into a network that Gatehouse must not reach. The operator can list the host in `EGRESS_ALLOW`.",
  invalid_url: "The address is none that can be asked.",
  dns: "The name has no address. Look at its DNS record, or at how the name is spelled.",
  refused: "Nothing listens at that host and port.",
  tls: "The secure connection failed: the certificate is not valid for this name, has expired, or lacks its chain.",
  timeout: "No answer came in time. A firewall may drop the connection.",
  reset: "The connection was cut before the answer.",
  redirect: "The answer is a redirect, which clients do not follow here. Enter the address that it leads to.",
  encoding: "The answer is compressed although nobody asked for that.",
  too_large: "The answer is far longer than it can be; something else answers here.",
  aborted: "There was no time left for the answer.",
};

/** Why an address gave no answer, and what to look at. */
export const unreachable = ({ cause_ }: EgressError) => words[cause_];
