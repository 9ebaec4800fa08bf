import { cache } from "react";
import { orgContext } from "@/lib/auth/request";
import { getPortal } from "@/lib/portals/queries";
import { orNotFound } from "../servers/load-server";

/** The organization and its portal, once for layout and page of a request; the page "not found" for anything else. */
export const loadPortal = cache(async (org: string, id: string) => {
  const ctx = await orgContext(org);
  return { ctx, portal: await orNotFound(getPortal(ctx, id)) };
});
