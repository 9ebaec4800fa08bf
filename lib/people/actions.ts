"use server";

import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { after } from "next/server";
import { hostCookie, sessionCookie } from "@/lib/auth/cookie";
import { currentPerson, frontContext } from "@/lib/auth/request";
import { safeReturnTo } from "@/lib/auth/return-to";
import { startSession, stopSession } from "@/lib/auth/sign-in";
import { recordAccess } from "@/lib/activity/record";
import { revocationsOf } from "@/lib/connections/revocations";
import { type FormState, personAction } from "@/lib/form";
import { limits } from "@/lib/limits";
import { changeEmail, changeName, changePassword, resendVerification, revokeOtherSessions, revokeSession } from "./commands";
import { confirmLink } from "./confirm";
import { deleteAccount } from "./delete-account";
import { deliverAfter, frontAction } from "./front-action";
import { requestReset, resetPassword } from "./reset";
import {
  changeEmailSchema,
  changeNameSchema,
  changePasswordSchema,
  confirmLinkSchema,
  deleteAccountSchema,
  nothingSchema,
  requestResetSchema,
  resetPasswordSchema,
  revokeSessionSchema,
  signInSchema,
  signUpSchema,
} from "./schema";
import { checkSignIn } from "./sign-in";
import { signUp } from "./sign-up";

const submitSignUp = frontAction(signUpSchema, async (ctx, input) => {
  const next = safeReturnTo(input.next, "");
  const { browserProof } = await signUp(ctx, { ...input, next: next || undefined }, deliverAfter);
  (await cookies()).set(hostCookie("gatehouse.sign-up"), browserProof, { ...sessionCookie().options, maxAge: limits.verifyLinkSeconds });
  return "/sign-up/sent";
});
export async function signUpAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitSignUp(previous, form);
}

const submitSignIn = frontAction(signInSchema, async (ctx, input) => {
  const { personId } = await checkSignIn(ctx, input);
  await startSession(ctx.db, personId, ctx.request, ctx.now);
  return safeReturnTo(input.next, "/admin");
});
export async function signInAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitSignIn(previous, form);
}

/** Serves a plain `<form action>` and an `ActionForm` alike, since it never returns. */
export async function signOutAction(..._form: unknown[]): Promise<never> {
  const person = await currentPerson();
  const { db, request, now } = await frontContext();
  if (person) await recordAccess(db, now, { kind: "sign_out", outcome: "ok", personId: person.person.id, email: person.person.email, ...request });
  await stopSession(db);
  redirect("/sign-in");
}

const submitReset = frontAction(requestResetSchema, async (ctx, input) => {
  await requestReset(ctx, input, deliverAfter);
  return "/reset/sent";
});
export async function requestResetAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitReset(previous, form);
}

const submitNewPassword = frontAction(resetPasswordSchema, async (ctx, input) => {
  await resetPassword(ctx, input, deliverAfter);
  await stopSession(ctx.db);
  return "/sign-in?notice=password";
});
export async function resetPasswordAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitNewPassword(previous, form);
}

const submitLink = frontAction(confirmLinkSchema, async (ctx, input) => {
  const jar = await cookies();
  const person = await currentPerson();
  const proofCookie = hostCookie("gatehouse.sign-up");
  const opener = { personId: person?.person.id ?? null, sessionId: person?.sessionId ?? null, browserProof: jar.get(proofCookie)?.value };
  const confirmed = await confirmLink(ctx, input, opener, deliverAfter);
  jar.set(proofCookie, "", { ...sessionCookie().options, maxAge: 0 });
  if (confirmed.signIn) await startSession(ctx.db, confirmed.personId, ctx.request, ctx.now);
  return safeReturnTo(input.next, confirmed.kind === "change_email" ? "/account" : "/admin");
});
export async function confirmLinkAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitLink(previous, form);
}

const submitName = personAction(changeNameSchema, changeName, { message: "Name saved." });
export async function changeNameAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitName(previous, form);
}

const submitEmail = personAction(changeEmailSchema, (ctx, input) => changeEmail(ctx, input, deliverAfter), {
  message: "Open the link that was mailed to the new address. Until then nothing changes.",
});
export async function changeEmailAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitEmail(previous, form);
}

const submitPassword = personAction(
  changePasswordSchema,
  async (ctx, input) => {
    await changePassword(ctx, input, deliverAfter);
    await startSession(ctx.db, ctx.person.id, ctx.request, ctx.now);
  },
  { message: "Password changed. Other sessions were ended." },
);
export async function changePasswordAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitPassword(previous, form);
}

const submitResend = personAction(nothingSchema, (ctx) => resendVerification(ctx, deliverAfter), { message: "A new link is on its way." });
export async function resendVerificationAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitResend(previous, form);
}

const submitRevoke = personAction(revokeSessionSchema, revokeSession, { message: "Session ended." });
export async function revokeSessionAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitRevoke(previous, form);
}

const submitRevokeOthers = personAction(nothingSchema, revokeOtherSessions, { message: "All other sessions were ended." });
export async function revokeOtherSessionsAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitRevokeOthers(previous, form);
}

const submitDelete = personAction(
  deleteAccountSchema,
  async (ctx, input) => {
    const revoke = await revocationsOf(ctx.db, { personId: ctx.person.id });
    await deleteAccount(ctx, input);
    after(revoke);
    await stopSession(ctx.db);
  },
  { redirectTo: () => "/sign-in?notice=deleted" },
);
export async function deleteAccountAction(previous: FormState, form: FormData): Promise<FormState> {
  return submitDelete(previous, form);
}
