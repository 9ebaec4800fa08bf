"use server";

import type { OrgContext } from "@/lib/auth/context";
import { personContext } from "@/lib/auth/request";
import { type FormState, orgAction } from "@/lib/form";
import { checkPortal, checkServer } from "./commands";
import { type CheckPortal, type CheckServer, checkPortalSchema, checkServerSchema } from "./schema";

const portal = orgAction(checkPortalSchema, async (ctx: OrgContext, input: CheckPortal) => checkPortal(ctx, input, await personContext()));
const server = orgAction(checkServerSchema, (ctx: OrgContext, input: CheckServer) => checkServer(ctx, input));

/** `data` is a `Report`. */
export async function checkPortalAction(previous: FormState, form: FormData): Promise<FormState> {
  return portal(previous, form);
}
/** `data` is a `Report`. */
export async function checkServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return server(previous, form);
}
