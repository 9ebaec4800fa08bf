import type { ReactNode } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { setNoticeMailAction } from "@/lib/notices/actions";
import type { NoticeSettings } from "@/lib/notices/queries";
import { ChannelState } from "./channel-state";
import { SendSwitch } from "./send-switch";

export type MailNoticesProps = { org: string; mail: NoticeSettings["mail"]; canManage: boolean /** Where mail goes without a mail server. */; hint: ReactNode };

/** Who is written to, and whether it works. */
export function MailNotices({ org, mail, canManage, hint }: MailNoticesProps) {
  return (
    <section aria-labelledby="notices-mail" className="flex flex-col gap-4">
      <h2 id="notices-mail" className="font-semibold">
        Mail
      </h2>
      <p className="text-muted-foreground">Owners and admins with a confirmed address are written to, at most every 15 minutes, about everything since.</p>
      <ul className="divide-y rounded-lg border bg-card text-table">
        {mail.recipients.map(({ email, role, isReachable }) => (
          <li key={email} className="flex flex-wrap justify-between gap-x-4 px-3 py-2">
            <span className="wrap-anywhere">{email}</span>
            <span className="text-muted-foreground">{isReachable ? role : `${role}, address not confirmed: gets no mail`}</span>
          </li>
        ))}
      </ul>
      {canManage && (
        <ActionForm action={setNoticeMailAction} org={org} aria-label="Mail">
          <SendSwitch isOn={mail.enabled}>Send notices by mail</SendSwitch>
          <SubmitButton variant="secondary" className="w-fit">
            Save
          </SubmitButton>
        </ActionForm>
      )}
      <ChannelState state={mail} />
      {hint}
    </section>
  );
}
