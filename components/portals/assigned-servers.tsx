import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import { ServerStatus } from "@/components/servers/server-status";
import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { moveServerAction, unassignServerAction } from "@/lib/portals/actions";
import type { AssignmentItem } from "@/lib/portals/queries";
import { AccountChoice } from "./account-choice";

export type AssignedServersProps = { org: string; portalId: string; people: number; servers: AssignmentItem[]; canEdit: boolean };

/** The servers of a portal in the order in which clients list them. */
export function AssignedServers({ org, portalId, people, servers, canEdit }: AssignedServersProps) {
  const base = `/admin/${org}/portals/${portalId}`;
  return (
    <Card>
      <ol className="divide-y">
        {servers.map((server, index) => (
          <li key={server.serverId} className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
            <div className="min-w-0 flex-1 basis-64">
              <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <Link href={`/admin/${org}/servers/${server.serverId}`} className="font-medium hover:underline">
                  {server.name}
                </Link>
                <ServerStatus status={server.status} isSyncing={false} />
                {server.waiting > 0 && <Badge variant="warn">{server.waiting} to review</Badge>}
              </div>
              <p className="text-muted-foreground text-table">
                {server.on} of {server.total} on ·{" "}
                {server.prefixed ? (
                  <>
                    names begin with <code className="font-mono">{server.slug}_</code>
                  </>
                ) : (
                  "names as the server gives them"
                )}
                {server.access === "policies" && " · has policies of its own"}
              </p>
              {server.errorMessage && (
                <p className="text-error text-table first-letter:uppercase">
                  <UntrustedText text={server.errorMessage} max={200} />
                </p>
              )}
              <AccountChoice org={org} portalId={portalId} server={server} canEdit={canEdit} />
            </div>
            {canEdit && (
              <div className="flex flex-wrap items-center gap-1">
                <ActionForm action={moveServerAction} org={org} hidden={{ portalId, serverId: server.serverId }} className="flex-row gap-0.5">
                  <SubmitButton variant="ghost" size="icon-sm" name="direction" value="up" disabled={index === 0} aria-label={`Move ${server.name} up`}>
                    <ArrowUp aria-hidden />
                  </SubmitButton>
                  <SubmitButton
                    variant="ghost"
                    size="icon-sm"
                    name="direction"
                    value="down"
                    disabled={index === servers.length - 1}
                    aria-label={`Move ${server.name} down`}
                  >
                    <ArrowDown aria-hidden />
                  </SubmitButton>
                </ActionForm>
                <Button asChild variant="ghost" size="sm">
                  <Link href={`${base}/servers/names?server=${server.serverId}`}>Names</Link>
                </Button>
                <ConfirmDialog
                  trigger="Remove"
                  triggerVariant="ghost"
                  triggerSize="sm"
                  title={`Remove ${server.name} from this portal?`}
                  consequence={`${people === 1 ? "1 connected person loses" : `${people} connected people lose`} its ${server.on} capabilities here. Switches and chosen names are forgotten; the server itself stays.`}
                  confirmLabel="Remove server"
                  action={unassignServerAction}
                  org={org}
                  fields={{ portalId, serverId: server.serverId }}
                />
              </div>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
