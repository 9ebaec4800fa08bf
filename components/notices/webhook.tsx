import { Time } from "@/components/shared/time";
import type { NoticeSettings } from "@/lib/notices/queries";
import { ChannelState } from "./channel-state";
import { NewSecretForm, TestForm, WebhookForm } from "./webhook-form";

/** Where notices are posted to, how the receiver knows them, and whether they arrive. */
export function Webhook({ org, webhook, canManage }: { org: string; webhook: NoticeSettings["webhook"]; canManage: boolean }) {
  return (
    <section aria-labelledby="notices-webhook" className="flex flex-col gap-4">
      <h2 id="notices-webhook" className="font-semibold">
        Webhook
      </h2>
      <p className="text-muted-foreground">
        Each post has a <code className="font-mono text-table">webhook-id</code>, a time and an HMAC-SHA256 signature in its headers, as Standard Webhooks has
        it. One that does not arrive is tried again for a day, with the same id.
      </p>
      {canManage ? (
        <WebhookForm org={org} url={webhook?.url ?? ""} isOn={webhook?.enabled ?? true} />
      ) : (
        <p className="wrap-anywhere font-mono text-table">{webhook?.url ?? "None is set."}</p>
      )}
      {webhook && (
        <>
          <ChannelState state={webhook} />
          <p className="text-muted-foreground text-table">
            Secret <code className="font-mono">{webhook.fingerprint}</code>, made <Time value={webhook.secretSetAt} />.
            {webhook.previousUntil && (
              <>
                {" "}
                The one before stops signing <Time value={webhook.previousUntil} />.
              </>
            )}
          </p>
          {canManage && (
            <div className="flex flex-wrap items-start gap-2">
              <TestForm org={org} />
              <NewSecretForm org={org} />
            </div>
          )}
        </>
      )}
    </section>
  );
}
