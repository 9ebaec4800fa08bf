"use server";
import { type FormState, orgAction, personAction } from "@/lib/form";
import { fresh } from "@/lib/orgs/fresh";
import { revokeOrgGrant, revokeOwnGrant, signOutClient, signOutOfPortal, signOutPerson } from "./commands";
import { clientAppsSchema, grantSchema, personAppsSchema, portalGrantsSchema, setClientRulesSchema } from "./schema";
import { setClientRules } from "./set-client-rules";

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
  return fresh(await revoke(previous, form));
}

const outPerson = orgAction(personAppsSchema, signOutPerson, { message: "All their apps are signed out." });
export async function signOutPersonAction(previous: FormState, form: FormData) {
  return fresh(await outPerson(previous, form));
}

const outClient = orgAction(clientAppsSchema, signOutClient, { message: "All of them are signed out." });
export async function signOutClientAction(previous: FormState, form: FormData) {
  return fresh(await outClient(previous, form));
}

const setRules = orgAction(setClientRulesSchema, setClientRules, { message: "Saved. It counts from the next sign-in and refresh." });
export async function setClientRulesAction(previous: FormState, form: FormData) {
  return fresh(await setRules(previous, form));
}
