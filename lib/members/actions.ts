"use server";

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

const remove = orgAction(removeMemberSchema, removeMember, { redirectTo: (_, org) => `/admin/${org}/people` });
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

const block = orgAction(blockPersonSchema, blockPerson, { redirectTo: (_, org) => `/admin/${org}/people/blocked` });
export async function blockPersonAction(previous: FormState, form: FormData): Promise<FormState> {
  return block(previous, form);
}

const unblock = orgAction(unblockPersonSchema, unblockPerson, { redirectTo: (_, org) => `/admin/${org}/people/blocked` });
export async function unblockPersonAction(previous: FormState, form: FormData): Promise<FormState> {
  return unblock(previous, form);
}
