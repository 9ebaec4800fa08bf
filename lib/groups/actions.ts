"use server";

import { type FormState, orgAction } from "@/lib/form";
import { fresh } from "@/lib/orgs/fresh";
import { addPeople, createGroup, deleteGroup, removePerson, renameGroup } from "./commands";
import { addPeopleSchema, createGroupSchema, deleteGroupSchema, removePersonSchema, renameGroupSchema } from "./schema";

const create = orgAction(createGroupSchema, createGroup, { redirectTo: ({ id }, org) => `/admin/${org}/people/groups/${id}` });
export async function createGroupAction(previous: FormState, form: FormData): Promise<FormState> {
  return create(previous, form);
}

const rename = orgAction(renameGroupSchema, renameGroup, { message: "Group saved." });
export async function renameGroupAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await rename(previous, form));
}

const remove = orgAction(deleteGroupSchema, deleteGroup, { redirectTo: (_, org) => `/admin/${org}/people/groups` });
export async function deleteGroupAction(previous: FormState, form: FormData): Promise<FormState> {
  return remove(previous, form);
}

const add = orgAction(addPeopleSchema, addPeople);
export async function addPeopleAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await add(previous, form));
}

const removeOne = orgAction(removePersonSchema, removePerson, { message: "Removed." });
export async function removePersonAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await removeOne(previous, form));
}
