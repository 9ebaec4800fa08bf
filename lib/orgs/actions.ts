"use server";

import { after } from "next/server";
import { memberContext } from "@/lib/auth/request";
import { revocationsOf } from "@/lib/connections/revocations";
import { type FormState, orgAction, personAction } from "@/lib/form";
import { createOrganization, deleteOrganization, leaveOrganization, renameOrganization, setRetention } from "./commands";
import { fresh } from "./fresh";
import { createOrganizationSchema, deleteOrganizationSchema, leaveOrganizationSchema, renameOrganizationSchema, retentionSchema } from "./schema";

const create = personAction(createOrganizationSchema, createOrganization, { redirectTo: ({ slug }) => `/admin/${slug}` });
export async function createOrganizationAction(previous: FormState, form: FormData): Promise<FormState> {
  return create(previous, form);
}

const rename = orgAction(renameOrganizationSchema, renameOrganization, { message: "Name saved." });
export async function renameOrganizationAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await rename(previous, form));
}

const retention = orgAction(retentionSchema, setRetention, { message: "Retention saved." });
export async function setRetentionAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await retention(previous, form));
}

// A plain member has no admin pages, and may leave all the same: so the membership is looked up here, not by `orgAction`.
const leave = personAction(
  leaveOrganizationSchema,
  async (_person, input) => {
    const ctx = await memberContext(input.organization);
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id, personId: ctx.actor.personId });
    await leaveOrganization(ctx);
    after(revoke);
  },
  {
    redirectTo: () => "/admin",
  },
);
export async function leaveOrganizationAction(previous: FormState, form: FormData): Promise<FormState> {
  return leave(previous, form);
}

const remove = orgAction(
  deleteOrganizationSchema,
  async (ctx, input) => {
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id });
    await deleteOrganization(ctx, input);
    after(revoke);
  },
  { redirectTo: () => "/admin" },
);
export async function deleteOrganizationAction(previous: FormState, form: FormData): Promise<FormState> {
  return remove(previous, form);
}
