import type { ReactNode } from "react";
import { CallTable } from "@/components/activity/call-table";
import { MyApps } from "@/components/people/my-apps";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { EmptyState } from "@/components/shared/empty-state";
import { Alert } from "@/components/ui/alert";
import { signOutEverywhereAction } from "@/lib/connect/actions";
import type { ConnectPage, Mine } from "@/lib/connect/queries";
import { ForSomebodyElse, NewServers, Progress } from "./connecting";
import { MyServers } from "./my-servers";

export type MyPortalProps = {
  page: ConnectPage;
  mine: Mine;
  /** The address of the page, and the same with the query it was opened with. */
  path: string;
  here: string;
  /** What has just happened. */
  children?: ReactNode;
};

/** The part of the page that is this person's own. */
export function MyPortal({ page, mine, path, here, children }: MyPortalProps) {
  const isForAnother = mine.asked?.link === "theirs";
  return (
    <>
      {mine.admitted ? (
        <Section id="servers" title="What you can use here">
          {children}
          {isForAnother ? <ForSomebodyElse email={mine.email} here={here} /> : <NewServers servers={mine.servers} />}
          <Progress servers={mine.servers} />
          <MyServers
            portalId={page.portalId}
            servers={mine.servers}
            contact={mine.contact}
            asked={isForAnother ? null : mine.asked}
            connectHref={(serverId) => `${path}/${serverId}`}
          />
        </Section>
      ) : (
        <Alert variant="warning">
          {mine.refusal} {mine.contact ? <>Ask {mine.contact}.</> : <>Ask the people who run {page.portalName}.</>} You are signed in as {mine.email}.
        </Alert>
      )}
      <Section title="Your recent calls">
        {mine.calls.length > 0 ? (
          <CallTable rows={mine.calls} linkBase={null} without={["person"]} />
        ) : (
          <EmptyState title="No calls yet" description="Connect a client and use a tool; the call is here a moment later." />
        )}
      </Section>
      <Section
        title="Connected apps"
        action={
          <ConfirmDialog
            trigger="Sign out everywhere"
            triggerVariant="secondary"
            triggerSize="sm"
            title={`Sign out of ${page.portalName} everywhere?`}
            consequence="Every app loses its way into this portal at its next request, and every other browser is signed out. This browser stays signed in."
            confirmLabel="Sign out everywhere"
            action={signOutEverywhereAction}
            fields={{ portalId: page.portalId }}
          />
        }
      >
        <MyApps grants={mine.apps} />
      </Section>
    </>
  );
}

function Section({ id, title, action, children }: { id?: string; title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <section id={id} className="scroll-mt-4">
      <div className="mb-3 flex items-center justify-between gap-4">
        <h2 className="font-medium text-base">{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}
