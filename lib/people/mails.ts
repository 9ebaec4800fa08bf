import { env } from "@/lib/env";
import type { Mail } from "@/lib/mail/send";

/** How a command hands over a mail. Page actions send after the response, so that its time says nothing about an account. */
export type Deliver = (mail: Mail) => Promise<unknown>;

const at = (path: string) => `${env().publicUrl}${path}`;
const ignore = "If this was not you, ignore this message; nothing changes.";

export const mails = {
  verify: (to: string, token: string, next?: string): Mail => ({
    to,
    subject: "Confirm your address",
    text: `Open this link within 24 hours to confirm your address for Gatehouse. It works once:\n${verifyUrl(token, next)}\n\n${ignore}`,
  }),

  alreadySignedUp: (to: string): Mail => ({
    to,
    subject: "You already have an account",
    text: `Somebody, probably you, asked for a Gatehouse account with this address. It has one already.\n\nSign in: ${at("/sign-in")}\nForgot the password: ${at("/reset")}\n\n${ignore}`,
  }),

  unfinishedSignUp: (to: string, token: string, next?: string): Mail => ({
    to,
    subject: "Confirm your address",
    text: `Somebody, probably you, asked for a Gatehouse account with this address. There is one that was never confirmed.\n\nConfirm it with its password: ${verifyUrl(token, next)}\nSet a new password instead: ${at("/reset")}\n\n${ignore}`,
  }),

  reset: (to: string, token: string): Mail => ({
    to,
    subject: "Set a new password",
    text: `Open this link within 30 minutes to set a new password for Gatehouse. It works once:\n${at(`/reset/${token}`)}\n\n${ignore}`,
  }),

  changeEmail: (to: string, token: string): Mail => ({
    to,
    subject: "Confirm your new address",
    text: `Open this link within 24 hours, signed in to your Gatehouse account, to make this its address. It works once:\n${at(`/verify/${token}`)}\n\n${ignore}`,
  }),

  addressTaken: (to: string): Mail => ({
    to,
    subject: "This address has an account",
    text: `Somebody asked to make this the address of their Gatehouse account, but it belongs to an account already.\n\n${ignore}`,
  }),

  emailAboutToChange: (to: string, newEmail: string): Mail => ({
    to,
    subject: "Your address is about to change",
    text: `Somebody signed in to your Gatehouse account asked to change its address to ${newEmail}. It changes when they open the link sent there.\n\nIf this was not you, set a new password now, which ends all sessions: ${at("/reset")}`,
  }),

  emailChanged: (to: string, newEmail: string): Mail => ({
    to,
    subject: "Your address was changed",
    text: `The address of your Gatehouse account is now ${newEmail}.\n\nIf this was not you, tell the people who run this Gatehouse.`,
  }),

  passwordChanged: (to: string): Mail => ({
    to,
    subject: "Your password was changed",
    text: `The password of your Gatehouse account was changed, and other sessions were ended.\n\nIf this was not you, set a new one: ${at("/reset")}`,
  }),
};

function verifyUrl(token: string, next?: string): string {
  return at(`/verify/${token}${next ? `?next=${encodeURIComponent(next)}` : ""}`);
}
