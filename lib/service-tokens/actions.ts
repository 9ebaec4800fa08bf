"use server";

import { type FormState, orgAction } from "@/lib/form";
import { fresh } from "@/lib/orgs/fresh";
import { createServiceToken, revokeServiceToken, rotateServiceToken } from "./commands";
import { createServiceTokenSchema, revokeServiceTokenSchema, rotateServiceTokenSchema } from "./schema";

const create = orgAction(createServiceTokenSchema, createServiceToken);
export async function createServiceTokenAction(previous: FormState, form: FormData) {
  return fresh(await create(previous, form));
}

const rotate = orgAction(rotateServiceTokenSchema, rotateServiceToken);
export async function rotateServiceTokenAction(previous: FormState, form: FormData) {
  return fresh(await rotate(previous, form));
}

const revoke = orgAction(revokeServiceTokenSchema, revokeServiceToken, { message: "The service token is revoked." });
export async function revokeServiceTokenAction(previous: FormState, form: FormData) {
  return fresh(await revoke(previous, form));
}
