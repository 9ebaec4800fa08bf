"use server";

import { revalidatePath } from "next/cache";
import type { OrgContext } from "@/lib/auth/context";
import { type FormState, formValues, orgAction } from "@/lib/form";
import { admitDomain, attachPolicy, createPolicy, deletePolicy, detachPolicy, movePolicy, setServerAccess, updatePolicy } from "./commands";
import { createPolicyFormSchema, emptyRow, fieldOf, ruleLists, rowsOf, updatePolicyFormSchema } from "./rule-rows";
import { admitDomainSchema, attachPolicySchema, deletePolicySchema, movePolicySchema, setServerAccessSchema } from "./schema";

const create = orgAction(createPolicyFormSchema, thenShow(createPolicy), { redirectTo: (_, org) => `/admin/${org}/policies` });
const update = orgAction(updatePolicyFormSchema, thenShow(updatePolicy), { message: "Saved. It holds from the next call on." });
const remove = orgAction(deletePolicySchema, thenShow(deletePolicy), { redirectTo: (_, org) => `/admin/${org}/policies` });
const attach = orgAction(attachPolicySchema, thenShow(attachPolicy));
const detach = orgAction(attachPolicySchema, thenShow(detachPolicy));
const move = orgAction(movePolicySchema, thenShow(movePolicy));
const serverAccess = orgAction(setServerAccessSchema, thenShow(setServerAccess), { message: "Saved." });
const admit = orgAction(admitDomainSchema, thenShow(admitDomain), { message: "Done. They can connect now." });

/** The editor's form. Its button "add" asks, without JavaScript, for one more row and saves nothing. */
export async function savePolicyAction(previous: FormState, form: FormData): Promise<FormState> {
  const list = ruleLists.find((name) => name === form.get("add"));
  if (list) {
    const values = formValues(form);
    const rows = [...rowsOf(values, list), emptyRow];
    const columns = (["kind", "text", "group"] as const).map((part) => [fieldOf(list, part), rows.map((row) => row[part])] as const);
    // "error" without a message: what was typed stays, nothing is complained about.
    return { status: "error", values: { ...values, ...Object.fromEntries(columns) } };
  }
  return form.has("policyId") ? update(previous, form) : create(previous, form);
}
export async function deletePolicyAction(previous: FormState, form: FormData) {
  return remove(previous, form);
}
export async function attachPolicyAction(previous: FormState, form: FormData) {
  return attach(previous, form);
}
export async function detachPolicyAction(previous: FormState, form: FormData) {
  return detach(previous, form);
}
export async function movePolicyAction(previous: FormState, form: FormData) {
  return move(previous, form);
}
export async function setServerAccessAction(previous: FormState, form: FormData) {
  return serverAccess(previous, form);
}
export async function admitDomainAction(previous: FormState, form: FormData) {
  return admit(previous, form);
}

function thenShow<I, R>(command: (ctx: OrgContext, input: I) => Promise<R>) {
  return async (ctx: OrgContext, input: I): Promise<R> => {
    const result = await command(ctx, input);
    revalidatePath("/admin/[org]", "layout");
    return result;
  };
}
