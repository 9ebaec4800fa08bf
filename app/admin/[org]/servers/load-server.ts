import { notFound } from "next/navigation";
import { cache } from "react";
import { orgContext } from "@/lib/auth/request";
import { isAppError } from "@/lib/errors";
import { getServer } from "@/lib/servers/queries";

/** The organization and its server, once for layout and page of a request; the page "not found" for anything else. */
export const loadServer = cache(async (org: string, id: string) => {
  const ctx = await orgContext(org);
  return { ctx, server: await orNotFound(getServer(ctx, id)) };
});

export async function orNotFound<T>(found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (isAppError(error) && error.code === "not_found") notFound();
    throw error;
  }
}
