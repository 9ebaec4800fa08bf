"use server";

import { redirect } from "next/navigation";
import { recordAccess } from "@/lib/activity/record";
import { safeReturnTo } from "@/lib/auth/return-to";
import { stopSession } from "@/lib/auth/sign-in";
import { type FormState, personAction } from "@/lib/form";
import { signOutEverywhere } from "./commands";
import { signOutEverywhereSchema, switchAccountSchema } from "./schema";

const signOut = personAction(signOutEverywhereSchema, signOutEverywhere, { message: "Every app and every other browser is signed out." });
const switchAccount = personAction(switchAccountSchema, async ({ db, now, person, request }, { next }) => {
  await recordAccess(db, now, { ...request, kind: "sign_out", outcome: "ok", personId: person.id, email: person.email });
  await stopSession(db);
  redirect(`/sign-in?next=${encodeURIComponent(safeReturnTo(next, "/"))}`);
});

export async function signOutEverywhereAction(previous: FormState, form: FormData): Promise<FormState> {
  return signOut(previous, form);
}
/** Signs this browser out, then asks to sign in for the same page. */
export async function switchAccountAction(previous: FormState, form: FormData): Promise<FormState> {
  return switchAccount(previous, form);
}
