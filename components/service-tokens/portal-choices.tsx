"use client";

import { useContext } from "react";
import { FormStateContext } from "@/components/shared/field-context";
import { Checkbox } from "@/components/ui/checkbox";

export type PortalChoice = { id: string; name: string; url: string };

/** Which portals a service token is bound to. After a refusal the ticks stand as they were sent. */
export function PortalChoices({ portals, chosen }: { portals: PortalChoice[]; chosen: string | undefined }) {
  const { status, values, fields } = useContext(FormStateContext);
  const ticked = status === "error" ? [values?.portalId ?? []].flat() : [chosen];
  const problem = fields?.portalId;
  return (
    <fieldset className="flex min-w-0 flex-col gap-2.5" aria-describedby={problem ? "portals-error" : undefined}>
      <legend className="mb-1.5 font-medium">Portals it may enter</legend>
      {portals.map(({ id, name, url }) => (
        <div key={id} className="flex items-start gap-2.5">
          <Checkbox
            id={`portal-${id}`}
            name="portalId"
            value={id}
            defaultChecked={ticked.includes(id)}
            aria-invalid={problem ? true : undefined}
            className="mt-0.5"
          />
          <label htmlFor={`portal-${id}`} className="min-w-0">
            {name}
            <span className="wrap-anywhere block text-muted-foreground text-table">{url}</span>
          </label>
        </div>
      ))}
      {problem && (
        <p id="portals-error" className="text-error text-table">
          {problem.charAt(0).toUpperCase() + problem.slice(1)}
        </p>
      )}
    </fieldset>
  );
}
