import { DataTable } from "@/components/shared/data-table";
import { EmptyState } from "@/components/shared/empty-state";
import { StatusDot, type Tone } from "@/components/shared/status-dot";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import type { DeliveryState, NoticeRow } from "@/lib/notices/queries";
import { isGood, noticeTitle, topicPath } from "@/lib/notices/words";

/** The last notices and how far each has come. */
export function NoticeTable({ org, notices }: { org: string; notices: NoticeRow[] }) {
  return (
    <section aria-labelledby="notices-recent" className="flex flex-col gap-3">
      <h2 id="notices-recent" className="font-semibold">
        Recent notices
      </h2>
      <DataTable
        label="Recent notices"
        rows={notices}
        rowKey={(notice) => notice.id}
        rowHref={(notice) => (notice.isGone ? undefined : `/admin/${org}/servers/${notice.serverId}${topicPath[notice.topic]}`)}
        empty={<EmptyState title="Nothing so far" description="When a server or its shared account stops working, and when it works again, it stands here." />}
        columns={[
          { key: "what", header: "What", className: "min-w-52 whitespace-normal max-sm:whitespace-normal", cell: (notice) => <What notice={notice} /> },
          { key: "when", header: "When", className: "whitespace-nowrap", cell: (notice) => <Time value={notice.createdAt} /> },
          { key: "mail", header: "Mail", cell: (notice) => <Delivery state={notice.deliveries.mail} /> },
          { key: "webhook", header: "Webhook", cell: (notice) => <Delivery state={notice.deliveries.webhook} /> },
        ]}
      />
    </section>
  );
}

function What({ notice: { kind, serverName, detail } }: { notice: NoticeRow }) {
  return (
    <span className="inline-flex flex-col">
      <StatusDot tone={isGood(kind) ? "ok" : kind === "account_ending" ? "warn" : "error"} className="whitespace-normal">
        <UntrustedText text={noticeTitle(kind, serverName)} max={160} />
      </StatusDot>
      {detail && <UntrustedText text={detail} max={200} className="font-normal text-muted-foreground first-letter:uppercase" />}
    </span>
  );
}

function Delivery({ state }: { state: DeliveryState | undefined }) {
  if (!state) return <span className="text-muted-foreground">none</span>;
  const [word, tone] = states[state];
  return <StatusDot tone={tone}>{word}</StatusDot>;
}

const states: Record<DeliveryState, [string, Tone]> = {
  waiting: ["waits", "warn"],
  sent: ["sent", "ok"],
  given_up: ["given up", "error"],
  off: ["switched off", "off"],
};
