"use client";

import { useRef } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { SubmitButton } from "@/components/shared/submit-button";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Button } from "@/components/ui/button";
import { assignServerAction } from "@/lib/portals/actions";
import type { CapabilityState } from "@/lib/portals/states";
import { AccessBadge, StateBadge } from "./capability-badges";

export type OfferedCapability = {
  id: string;
  kind: string;
  name: string;
  description: string;
  readOnly: boolean;
  state: CapabilityState;
  exposedName: string;
};
export type AddServerFormProps = { org: string; portalId: string; serverId: string; seen: string; capabilities: OfferedCapability[] };

/** A server's whole list, everything ticked; saving it is the approval. The buttons only tick boxes. */
export function AddServerForm({ org, portalId, serverId, seen, capabilities }: AddServerFormProps) {
  const list = useRef<HTMLUListElement>(null);
  const isHydrated = useHydrated();
  const tick = (wanted: (readOnly: boolean) => boolean) => {
    for (const box of list.current?.querySelectorAll<HTMLInputElement>("input[type=checkbox]:not(:disabled)") ?? []) {
      box.checked = wanted(box.dataset.readOnly === "true");
    }
  };
  return (
    <ActionForm action={assignServerAction} org={org} hidden={{ portalId, serverId, seen }}>
      {isHydrated && (
        <div className="flex gap-2">
          <Button type="button" variant="secondary" size="sm" onClick={() => tick(() => true)}>
            All
          </Button>
          <Button type="button" variant="secondary" size="sm" onClick={() => tick(() => false)}>
            None
          </Button>
          <Button type="button" variant="secondary" size="sm" onClick={() => tick((readOnly) => readOnly)}>
            Read-only
          </Button>
        </div>
      )}
      <ul ref={list} className="divide-y rounded-lg border bg-card">
        {capabilities.map((capability) => {
          const isAble = capability.state === "ready" || capability.state === "new";
          return (
            <li key={capability.id}>
              <label className="flex items-center gap-3 px-3 py-2">
                <input
                  type="checkbox"
                  name="capabilityId"
                  value={capability.id}
                  defaultChecked={isAble}
                  disabled={!isAble}
                  data-read-only={capability.readOnly}
                />
                <span className="min-w-0 flex-1">
                  <code className="wrap-anywhere font-mono text-table">
                    <UntrustedText text={capability.name} max={200} />
                  </code>
                  {capability.exposedName !== capability.name && (
                    <span className="text-muted-foreground text-table">
                      {" "}
                      clients see <code className="font-mono">{capability.exposedName}</code>
                    </span>
                  )}
                  <span className="block truncate text-muted-foreground text-table">
                    <UntrustedText text={capability.description} max={160} />
                  </span>
                </span>
                <StateBadge state={capability.state} />
                <AccessBadge readOnly={capability.readOnly} kind={capability.kind} />
              </label>
            </li>
          );
        })}
      </ul>
      <p className="text-muted-foreground text-table">
        Saving approves what is ticked, in its present form. What the server adds later stays off until you switch it on.
      </p>
      <SubmitButton className="w-fit">Add to portal</SubmitButton>
    </ActionForm>
  );
}
