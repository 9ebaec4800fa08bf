import "server-only";
import { redirect, unstable_rethrow } from "next/navigation";
import { after } from "next/server";
import type { z } from "zod";
import type { FrontContext } from "@/lib/auth/context";
import { frontContext } from "@/lib/auth/request";
import { env } from "@/lib/env";
import { type FormState, failed, formValues, refused } from "@/lib/form";
import { type Mail, sendMail } from "@/lib/mail/send";
import { reportFault } from "@/lib/report";

/** A server action for somebody who is not signed in; `work` returns where to go next. */
export function frontAction<S extends z.ZodType>(schema: S, work: (ctx: FrontContext, input: z.output<S>) => Promise<string>) {
  return async (_previous: FormState, form: FormData): Promise<FormState> => {
    const values = formValues(form);
    const parsed = schema.safeParse(values);
    if (!parsed.success) return refused(parsed.error, values);
    let next: string;
    try {
      next = await work(await frontContext(), parsed.data);
    } catch (error) {
      unstable_rethrow(error);
      return failed(error, values);
    }
    redirect(next);
  };
}

/** Mail goes out after the response: its time then says nothing about an account, and a slow mail server holds nobody up. */
export async function deliverAfter(mail: Mail): Promise<void> {
  const send = () => sendMail(mail).catch((error) => void reportFault(error, { doing: "send a mail" }));
  // The outbox is a local file, and on the loopback the next page links to it.
  if (env().SMTP_URL) after(send);
  else await send();
}
