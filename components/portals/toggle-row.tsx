"use client";

import Link from "next/link";
import { startTransition, useEffect, useOptimistic, useState } from "react";
import { toast } from "@/components/shared/toast";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Switch } from "@/components/ui/switch";
import { setToggleAction } from "@/lib/portals/actions";
import type { ToggleItem } from "@/lib/portals/toggle-list";
import { canSwitchOn } from "@/lib/portals/states";
import { AccessBadge, StateBadge } from "./capability-badges";

export type ToggleRowProps = { org: string; portalId: string; serverHref: string; item: ToggleItem; canEdit: boolean; renameHref: string };

/** One capability with its switch: it answers at once, says "saved", offers undo, and goes back with a reason when it was refused. */
export function ToggleRow({ org, portalId, serverHref, item, canEdit, renameHref }: ToggleRowProps) {
  const [isOn, showAs] = useOptimistic(item.enabled);
  const [said, say] = useState<{ text: string; isError: boolean } | null>(null);
  useEffect(() => {
    if (!said || said.isError) return;
    const timer = setTimeout(() => say(null), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  const set = (enabled: boolean, isUndo = false) =>
    startTransition(async () => {
      showAs(enabled);
      const form = new FormData();
      const fields = { org, portalId, capabilityId: item.capabilityId, enabled: String(enabled), ...(enabled ? { fingerprint: item.fingerprint } : {}) };
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      const state = await setToggleAction({ status: "idle" }, form).catch(() => ({ status: "error" as const, message: "The server could not be reached." }));
      startTransition(() => say(state.status === "ok" ? { text: "saved", isError: false } : { text: state.message ?? "It was refused.", isError: true }));
      if (state.status === "ok" && !isUndo) toast({ message: `${item.exposedName} is ${enabled ? "on" : "off"}.`, undo: () => set(!enabled, true) });
    });
  const isLocked = !canEdit || (!isOn && !canSwitchOn(item.state));
  const renamed = item.exposedName !== item.name && (item.kind === "tool" || item.kind === "prompt");
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-muted/60 sm:flex-nowrap">
      <Switch
        name="on"
        value={item.capabilityId}
        aria-label={item.exposedName}
        disabled={isLocked}
        checked={isOn}
        onChange={(event) => set(event.target.checked)}
      />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <code className="wrap-anywhere font-mono text-table">
            <UntrustedText text={item.name} max={200} />
          </code>
          {renamed && (
            <span className="text-muted-foreground text-table">
              clients see <code className="font-mono">{item.exposedName}</code>
            </span>
          )}
          {canEdit && (item.kind === "tool" || item.kind === "prompt") && (
            <Link
              href={renameHref}
              scroll={false}
              className="text-muted-foreground text-xs underline-offset-2 hover:underline"
              aria-label={`Rename ${item.exposedName}`}
            >
              Rename
            </Link>
          )}
        </p>
        <p className="truncate text-muted-foreground text-table">
          <UntrustedText text={item.title || item.description} max={160} />
        </p>
        {said?.isError && (
          <p role="alert" className="text-error text-table">
            {said.text}
          </p>
        )}
        {item.state === "changed" && (
          <Link href={serverHref} className="text-primary text-table hover:underline">
            Its definition changed. Review it on the server’s page
          </Link>
        )}
      </div>
      <div className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1 max-sm:w-full max-sm:justify-start max-sm:pl-11">
        <span role="status" className="order-last text-ok text-xs sm:order-none sm:w-10 sm:text-right">
          {said && !said.isError ? said.text : ""}
        </span>
        <StateBadge state={item.state} decided={item.decided} />
        <AccessBadge readOnly={item.readOnly} kind={item.kind} />
      </div>
    </li>
  );
}
