"use server";

import { revalidatePath } from "next/cache";
import { type FormState, orgAction } from "@/lib/form";
import { rotateWebhookSecret, sendTestNotice, setNoticeMail, setWebhook } from "./commands";
import { nothingSchema, setNoticeMailSchema, setWebhookSchema } from "./schema";

const mail = orgAction(setNoticeMailSchema, setNoticeMail, { message: "Saved." });
export async function setNoticeMailAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await mail(previous, form));
}

const webhook = orgAction(setWebhookSchema, setWebhook, { message: "Saved." });
/** `data.secret` is shown this once; null where it stays the one it was. */
export async function setWebhookAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await webhook(previous, form));
}

const rotate = orgAction(nothingSchema, (ctx) => rotateWebhookSecret(ctx), { message: "The secret before signs too for one more day." });
/** `data.secret` is shown this once. */
export async function rotateWebhookSecretAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await rotate(previous, form));
}

const test = orgAction(nothingSchema, (ctx) => sendTestNotice(ctx), { message: "The test has arrived." });
export async function sendTestNoticeAction(previous: FormState, form: FormData): Promise<FormState> {
  return fresh(await test(previous, form));
}

function fresh(state: FormState): FormState {
  revalidatePath("/admin/[org]/settings/notices", "page");
  return state;
}
