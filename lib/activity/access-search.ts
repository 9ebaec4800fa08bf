import { eq, type SQL } from "drizzle-orm";
import { accessEvents } from "@/drizzle/schema";
import { isReference } from "@/lib/ids";
import { contains } from "./paging";

/** Events whose text has this in it. A reference is looked up by index: whoever gives one wants every step of that sign-in, and nothing else. */
export function accessEventHas(text: string | undefined): SQL | undefined {
  if (text === undefined) return undefined;
  const reference = text.toLowerCase();
  if (isReference(reference)) return eq(accessEvents.correlationId, reference);
  return contains(text, accessEvents.kind, accessEvents.reason, accessEvents.clientName, accessEvents.ip);
}
