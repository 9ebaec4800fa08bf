import Link from "next/link";
import type { ReactNode } from "react";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { UrlSheet } from "@/components/shared/url-sheet";
import { explainCall, milliseconds } from "@/lib/activity/explain";
import type { CallRecord } from "@/lib/activity/queries";
import { isServiceTokenId } from "@/lib/service-token-id";
import { Outcome } from "./outcome";

/** The whole record of one call beside the list, with why it went the way it did. Opens and closes by its address. */
export function CallDrawer({ call, org, closeHref }: { call: CallRecord; org: string; closeHref: string }) {
  return (
    <UrlSheet
      key={call.id}
      title={<UntrustedText text={call.capabilityName ?? call.requestedName ?? call.method} max={200} className="font-mono" />}
      description={<Outcome outcome={call.outcome} />}
      closeHref={closeHref}
    >
      <p>
        <UntrustedText text={explainCall(call)} max={1_000} />
      </p>
      <dl className="grid grid-cols-[8rem_1fr] gap-x-4 gap-y-2">
        <Fact name="Time">
          <Time value={call.startedAt} /> <span className="text-muted-foreground">({call.startedAt.toISOString().replace("T", " ").slice(0, 19)} UTC)</span>
        </Fact>
        <Fact name={isServiceTokenId(call.personId) ? "Service token" : "Person"}>{call.personEmail}</Fact>
        <Fact name="Client">
          <UntrustedText text={call.clientName} max={200} />
        </Fact>
        <Fact name="Portal">
          {call.portalId ? (
            <Link href={`/admin/${org}/portals/${call.portalId}`} className="text-primary hover:underline">
              {call.portalName}
            </Link>
          ) : (
            call.portalName
          )}
        </Fact>
        <Fact name="Server">
          {call.serverId ? (
            <Link href={`/admin/${org}/servers/${call.serverId}`} className="text-primary hover:underline">
              {call.serverName}
            </Link>
          ) : (
            call.serverName
          )}
        </Fact>
        <Fact name="Method">
          <UntrustedText text={call.method} max={128} />
        </Fact>
        <Fact name="Asked for">
          {call.requestedName !== call.capabilityName && call.requestedName && <UntrustedText text={call.requestedName} max={512} />}
        </Fact>
        <Fact name="Decision">{call.decision}</Fact>
        <Fact name="Policy">{call.policyName}</Fact>
        <Fact name="Took">{call.durationMs !== null && milliseconds(call.durationMs)}</Fact>
        <Fact name="Of that, server">{call.upstreamMs !== null && milliseconds(call.upstreamMs)}</Fact>
        <Fact name="Error code">{call.errorCode}</Fact>
        <Fact name="Request">{bytes(call.requestBytes)}</Fact>
        <Fact name="Answer">{call.responseBytes !== null && bytes(call.responseBytes)}</Fact>
        <Fact name="Protocol">{call.protocolVersion}</Fact>
        <Fact name="Address">{call.ip}</Fact>
        <Fact name="Id">
          <span className="break-all font-mono text-xs">{call.id}</span>
        </Fact>
      </dl>
      <p className="text-muted-foreground">Arguments and results are not recorded.</p>
    </UrlSheet>
  );
}

/** The place of the record for an id that is not, or no longer, on record. */
export function NoSuchCall({ closeHref }: { closeHref: string }) {
  return (
    <UrlSheet title="No such call" closeHref={closeHref}>
      <p>There is no such call on record. It may be older than the time for which calls are kept.</p>
    </UrlSheet>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === undefined || children === false || children === "") return null;
  return (
    <>
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

const bytes = (n: number) => (n < 1_024 ? `${n} bytes` : `${(n / 1_024).toFixed(1)} KB`);
