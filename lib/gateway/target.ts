import type { NoCredential } from "@/lib/mcp/upstream-types";
import { type Caller, type Ports, placeOf } from "./ports";
import type { ServerView } from "./types";

/** Where the call goes and as whom. */
export function targetFor(ports: Ports, caller: Caller, server: ServerView): ReturnType<Ports["target"]> {
  const place = placeOf(caller, server);
  return place ? ports.target(place) : noAccount;
}

const noAccount: NoCredential = {
  missing: "other",
  cause: "no_account",
  person: "each person uses an account of their own there, and a service token has none; an admin can let this portal use the shared account",
};
