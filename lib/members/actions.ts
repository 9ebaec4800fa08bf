"use server";

import { after } from "next/server";
import type { OrgContext } from "@/lib/auth/context";
import { revocationsOf } from "@/lib/connections/revocations";
import { type FormState, orgAction, personAction } from "@/lib/form";
import { fresh } from "@/lib/orgs/fresh";
import { acceptInvitation, blockPerson, changeRole, inviteMember, removeMember, revokeInvitation, unblockPerson } from "./commands";
import {
  acceptInvitationSchema,
  blockPersonSchema,
  changeRoleSchema,
  inviteMemberSchema,
  removeMemberSchema,
  revokeInvitationSchema,
  unblockPersonSchema,
} from "./schema";

const role = orgAction(changeRoleSchema, changeRole, { message: "Role changed." });
export async function changeRoleAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await role(previous, form));
}

const remove = orgAction(removeMemberSchema, thenRevoke(removeMember), { redirectTo: (_, org) => `/admin/${org}/people` });
export async function removeMemberAction(previous: FormState, form: FormData): Promise<FormState> {
  return remove(previous, form);
}

const invite = orgAction(inviteMemberSchema, inviteMember);
export async function inviteMemberAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await invite(previous, form));
}

const revoke = orgAction(revokeInvitationSchema, revokeInvitation, { redirectTo: (_, org) => `/admin/${org}/people/invitations` });
export async function revokeInvitationAction(previous: FormState, form: FormData): Promise<FormState> {
  return revoke(previous, form);
}

// A plain member has no business in /admin/[org]; /admin knows where each role goes.
const accept = personAction(acceptInvitationSchema, acceptInvitation, { redirectTo: ({ orgSlug }) => `/admin?joined=${orgSlug}` });
export async function acceptInvitationAction(previous: FormState, form: FormData): Promise<FormState> {
  return accept(previous, form);
}

const block = orgAction(blockPersonSchema, thenRevoke(blockPerson), { redirectTo: (_, org) => `/admin/${org}/people/blocked` });
export async function blockPersonAction(previous: FormState, form: FormData): Promise<FormState> {
  return block(previous, form);
}

const unblock = orgAction(unblockPersonSchema, unblockPerson, { redirectTo: (_, org) => `/admin/${org}/people/blocked` });
export async function unblockPersonAction(previous: FormState, form: FormData): Promise<FormState> {
  return unblock(previous, form);
}

/** What the person had connected is revoked at the providers once they are out, and nobody waits for that (UP-17). */
function thenRevoke<I extends { personId: string } | { email: string }, R>(command: (ctx: OrgContext, input: I) => Promise<R>) {
  return async (ctx: OrgContext, input: I): Promise<R> => {
    const who = "personId" in input ? { personId: input.personId } : { email: input.email };
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id, ...who });
    const result = await command(ctx, input);
    after(revoke);
    return result;
  };
}
