import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { ServerStatus } from "@/components/servers/server-status";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { Pagination } from "@/components/shared/pagination";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { renameExposedAction, setTogglesAction } from "@/lib/portals/actions";
import type { AssignmentItem } from "@/lib/portals/queries";
import type { ToggleGroup } from "@/lib/portals/toggle-list";
import { ToggleForm } from "./toggle-form";

export type ToggleGroupsProps = {
  org: string;
  portalId: string;
  servers: AssignmentItem[];
  groups: ToggleGroup[];
  canEdit: boolean;
  /** Only a part is shown; then the buttons for a whole server are not, since they would reach what one does not see. */
  isFiltered: boolean;
  /** The capability that is being renamed, from the URL. */
  renaming: string | null;
  /** The page with its filters, without pages or renaming. */
  here: string;
  page: { serverId: string; number: number } | null;
  rowsPerServer: number;
};

/** Every server of the portal with its switches, each group collapsible. */
export function ToggleGroups({ servers, groups, ...props }: ToggleGroupsProps) {
  const rowsOf = new Map(groups.map((group) => [group.serverId, group]));
  return (
    <div className="flex flex-col gap-3">
      {servers.map((server) => (
        <Group key={server.serverId} server={server} group={rowsOf.get(server.serverId)} {...props} />
      ))}
    </div>
  );
}

type GroupProps = Omit<ToggleGroupsProps, "servers" | "groups"> & { server: AssignmentItem; group: ToggleGroup | undefined };

function Group({ server, group, org, portalId, canEdit, isFiltered, renaming, here, page, rowsPerServer }: GroupProps) {
  const renamed = group?.rows.find((row) => row.capabilityId === renaming);
  const number = page?.serverId === server.serverId ? page.number : 1;
  const matching = group?.matching ?? 0;
  const pageHref = (to: number) => `${here}${here.includes("?") ? "&" : "?"}server=${server.serverId}&page=${to}`;
  return (
    <details open className="group overflow-hidden rounded-lg border bg-card">
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2.5">
        <ChevronRight aria-hidden className="size-4 text-muted-foreground transition-transform duration-150 group-open:rotate-90" />
        <span className="font-semibold">{server.name}</span>
        <ServerStatus status={server.status} isSyncing={false} />
        <span className="text-muted-foreground tabular-nums">
          {server.on}/{server.total} on
        </span>
      </summary>
      <div className="border-t">
        {server.errorMessage && (
          <p className="border-b bg-error-soft px-3 py-2 text-error text-table first-letter:uppercase">
            <UntrustedText text={server.errorMessage} max={200} />{" "}
            <Link href={`/admin/${org}/servers/${server.serverId}`} className="font-medium underline">
              Open the server
            </Link>
          </p>
        )}
        {canEdit && !isFiltered && server.total > 0 && (
          <ActionForm
            action={setTogglesAction}
            org={org}
            hidden={{ portalId, serverId: server.serverId }}
            className="flex-row flex-wrap items-center gap-1.5 border-b px-3 py-1.5"
            aria-label={`All of ${server.name}`}
          >
            {modes.map((mode) => (
              <SubmitButton
                key={mode.value}
                variant="secondary"
                size="sm"
                name="mode"
                value={mode.value}
                aria-label={`${mode.label}: ${server.name}, ${mode.title}`}
              >
                {mode.label}
              </SubmitButton>
            ))}
          </ActionForm>
        )}
        {canEdit && renamed && (
          <ActionForm
            action={renameExposedAction}
            org={org}
            hidden={{ portalId, capabilityId: renamed.capabilityId }}
            className="flex-row flex-wrap items-start gap-2 border-b bg-muted/50 px-3 py-3"
          >
            <FormField name="name" label={`Clients see ${renamed.name} as`} hint="Leave empty for the automatic name." className="min-w-60 flex-1">
              <Input defaultValue={renamed.exposedName} maxLength={48} spellCheck={false} autoFocus className="font-mono" />
            </FormField>
            <div className="flex gap-2 sm:mt-6.5">
              <SubmitButton className="h-9">Rename</SubmitButton>
              <Button asChild variant="ghost" className="h-9">
                <Link href={here} scroll={false}>
                  Close
                </Link>
              </Button>
            </div>
          </ActionForm>
        )}
        {group ? (
          <ToggleForm {...{ org, portalId, canEdit, here }} serverId={server.serverId} serverName={server.name} rows={group.rows} />
        ) : (
          <p className="px-3 py-3 text-muted-foreground">{server.total === 0 ? "It offers nothing." : "Nothing here matches the filter."}</p>
        )}
        {group && matching > rowsPerServer && (
          <div className="border-t px-3 py-2">
            <Pagination
              shown={group.rows.length}
              total={matching}
              previousHref={number > 1 ? pageHref(number - 1) : null}
              nextHref={number * rowsPerServer < matching ? pageHref(number + 1) : null}
            />
          </div>
        )}
      </div>
    </details>
  );
}

const modes = [
  { value: "all", label: "All", title: "switch all on" },
  { value: "none", label: "None", title: "switch all off" },
  { value: "read_only", label: "Read-only", title: "only what claims to be read-only" },
] as const;
