"use server";

import { revalidatePath } from "next/cache";
import type { OrgContext } from "@/lib/auth/context";
import { type FormState, orgAction } from "@/lib/form";
import {
  assignServer,
  createPortal,
  deletePortal,
  moveServer,
  renameExposed,
  saveToggles,
  setPortalEnabled,
  setPortalLifetimes,
  setPortalTools,
  setPrefix,
  setToggle,
  setToggles,
  unassignServer,
  updatePortal,
} from "./commands";
import {
  assignServerSchema,
  createPortalSchema,
  deletePortalSchema,
  moveServerSchema,
  portalServerSchema,
  renameExposedSchema,
  saveTogglesSchema,
  setPortalEnabledSchema,
  setPortalLifetimesSchema,
  setPortalToolsSchema,
  setPrefixSchema,
  setTogglesSchema,
  setToggleSchema,
  updatePortalSchema,
} from "./schema";

const create = orgAction(createPortalSchema, createPortal, { redirectTo: (portal, org) => `/admin/${org}/portals/${portal.id}` });
const update = orgAction(updatePortalSchema, thenShow(updatePortal), { message: "Saved." });
const setEnabled = orgAction(setPortalEnabledSchema, thenShow(setPortalEnabled));
const setTools = orgAction(setPortalToolsSchema, thenShow(setPortalTools), { message: "Saved." });
const setLifetimes = orgAction(setPortalLifetimesSchema, thenShow(setPortalLifetimes), { message: "Saved." });
const remove = orgAction(deletePortalSchema, deletePortal, { redirectTo: (_, org) => `/admin/${org}/portals` });
const assign = orgAction(
  assignServerSchema,
  thenShow(async (ctx: OrgContext, input: Parameters<typeof assignServer>[1]) => {
    await assignServer(ctx, input);
    return input.portalId;
  }),
  { redirectTo: (portalId, org) => `/admin/${org}/portals/${portalId}` },
);
const unassign = orgAction(portalServerSchema, thenShow(unassignServer));
const move = orgAction(moveServerSchema, thenShow(moveServer));
const toggle = orgAction(setToggleSchema, thenShow(setToggle), { message: "Saved." });
const toggleMany = orgAction(setTogglesSchema, thenShow(setToggles), { message: "Saved." });
const saveForm = orgAction(saveTogglesSchema, thenShow(saveToggles), { message: "Saved." });
const rename = orgAction(renameExposedSchema, thenShow(renameExposed), { message: "Saved. Clients see the new name at once." });
const decideNames = orgAction(
  setPrefixSchema,
  thenShow(async (ctx: OrgContext, input: Parameters<typeof setPrefix>[1]) => {
    await setPrefix(ctx, input);
    return input.portalId;
  }),
  { redirectTo: (portalId, org) => `/admin/${org}/portals/${portalId}` },
);

export async function createPortalAction(previous: FormState, form: FormData) {
  return create(previous, form);
}
export async function updatePortalAction(previous: FormState, form: FormData) {
  return update(previous, form);
}
export async function setPortalEnabledAction(previous: FormState, form: FormData) {
  return setEnabled(previous, form);
}
export async function setPortalToolsAction(previous: FormState, form: FormData) {
  return setTools(previous, form);
}
export async function setPortalLifetimesAction(previous: FormState, form: FormData) {
  return setLifetimes(previous, form);
}
export async function deletePortalAction(previous: FormState, form: FormData) {
  return remove(previous, form);
}
export async function assignServerAction(previous: FormState, form: FormData) {
  return assign(previous, form);
}
export async function unassignServerAction(previous: FormState, form: FormData) {
  return unassign(previous, form);
}
export async function moveServerAction(previous: FormState, form: FormData) {
  return move(previous, form);
}
export async function setToggleAction(previous: FormState, form: FormData) {
  return toggle(previous, form);
}
export async function setTogglesAction(previous: FormState, form: FormData) {
  return toggleMany(previous, form);
}
export async function saveTogglesAction(previous: FormState, form: FormData) {
  return saveForm(previous, form);
}
export async function renameExposedAction(previous: FormState, form: FormData) {
  return rename(previous, form);
}
export async function setPrefixAction(previous: FormState, form: FormData) {
  return decideNames(previous, form);
}

// Counts and states stand in several places of the admin pages; all of them are read again.
function thenShow<I, R>(command: (ctx: OrgContext, input: I) => Promise<R>) {
  return async (ctx: OrgContext, input: I): Promise<R> => {
    const result = await command(ctx, input);
    revalidatePath("/admin/[org]", "layout");
    return result;
  };
}
