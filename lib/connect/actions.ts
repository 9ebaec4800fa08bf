"use server";

import { type FormState, personAction } from "@/lib/form";
import { signOutEverywhere } from "./commands";
import { signOutEverywhereSchema } from "./schema";

const signOut = personAction(signOutEverywhereSchema, signOutEverywhere, { message: "Every app and every other browser is signed out." });

export async function signOutEverywhereAction(previous: FormState, form: FormData): Promise<FormState> {
  return signOut(previous, form);
}
