import { MailNotices } from "@/components/notices/mail-notices";
import { NoticeTable } from "@/components/notices/notice-table";
import { Webhook } from "@/components/notices/webhook";
import { MailHint } from "@/components/people/mail-hint";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getNoticeSettings, listNotices } from "@/lib/notices/queries";

export const metadata = { title: "Notices" };

export default async function NoticesPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const [{ mail, webhook }, notices] = await Promise.all([getNoticeSettings(ctx), listNotices(ctx)]);
  const canManage = hasRight(ctx.actor.role, "org.manage");
  return (
    <div className="flex flex-col gap-10">
      <div className="flex max-w-[480px] flex-col gap-10">
        <p className="text-muted-foreground">You are told when a server or its shared account stops working or is about to, and when it works again.</p>
        <MailNotices org={ctx.org.slug} mail={mail} canManage={canManage} hint={<MailHint />} />
        <Webhook org={ctx.org.slug} webhook={webhook} canManage={canManage} />
      </div>
      <NoticeTable org={ctx.org.slug} notices={notices} />
    </div>
  );
}
