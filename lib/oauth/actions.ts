"use server";
import { type FormState, orgAction, personAction } from "@/lib/form";
import { revokeOrgGrant, revokeOwnGrant, signOutOfPortal } from "./commands";
import { grantSchema, portalGrantsSchema } from "./schema";

const revokeOwn = personAction(grantSchema, revokeOwnGrant, { message: "The app is signed out." });
const signOut = personAction(portalGrantsSchema, signOutOfPortal, { message: "Every app is signed out of this portal." });
const revoke = orgAction(grantSchema, revokeOrgGrant, { message: "The app is signed out." });

export async function revokeOwnGrantAction(previous: FormState, form: FormData) {
  return revokeOwn(previous, form);
}

export async function signOutOfPortalAction(previous: FormState, form: FormData) {
  return signOut(previous, form);
}

export async function revokeOrgGrantAction(previous: FormState, form: FormData) {
  return revoke(previous, form);
}
