"use client";

import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { useHydrated } from "@/components/shared/use-hydrated";
import { saveTogglesAction } from "@/lib/portals/actions";
import type { ToggleItem } from "@/lib/portals/toggle-list";
import { canSwitchOn } from "@/lib/portals/states";
import { ToggleRow } from "./toggle-row";

export type ToggleFormProps = {
  org: string;
  portalId: string;
  serverId: string;
  serverName: string;
  rows: ToggleItem[];
  canEdit: boolean;
  /** The page's address, to which `rename=…` is added. */
  here: string;
};

/** The rows of one server. With JavaScript each switch saves itself; without, the whole list is one form. */
export function ToggleForm({ org, portalId, serverId, serverName, rows, canEdit, here }: ToggleFormProps) {
  const isHydrated = useHydrated();
  const serverHref = `/admin/${org}/servers/${serverId}`;
  const list = (
    <ul className="divide-y">
      {rows.map((item) => (
        <ToggleRow
          key={item.capabilityId}
          {...{ org, portalId, serverHref, item, canEdit }}
          renameHref={`${here}${here.includes("?") ? "&" : "?"}rename=${item.capabilityId}`}
        />
      ))}
    </ul>
  );
  if (isHydrated || !canEdit) return list;
  // A disabled switch sends nothing, so what is locked is not among those shown.
  const shown = rows.filter((row) => row.enabled || canSwitchOn(row.state));
  return (
    <ActionForm action={saveTogglesAction} org={org} hidden={{ portalId, serverId }} aria-label={serverName} className="gap-2">
      {shown.map((row) => (
        <input key={row.capabilityId} type="hidden" name="shown" value={row.capabilityId} />
      ))}
      {list}
      <SubmitButton variant="secondary" className="mx-3 mb-3 w-fit">
        Save
      </SubmitButton>
    </ActionForm>
  );
}
