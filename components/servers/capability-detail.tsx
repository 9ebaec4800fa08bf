import type { ReactNode } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { JsonView } from "@/components/shared/json-view";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { UntrustedText } from "@/components/shared/untrusted-text";
import { Alert } from "@/components/ui/alert";
import { acceptCapabilitiesAction } from "@/lib/servers/actions";
import type { CapabilityPage } from "@/lib/servers/queries";
import { ArgumentsTable } from "./arguments-table";
import { CapabilityState } from "./capability-state";

export type CapabilityDetailProps = { org: string; serverId: string; capability: CapabilityPage; canManage: boolean };

/** The inside of a capability's drawer. Everything the server wrote is shown as text. */
export function CapabilityDetail({ org, serverId, capability, canManage }: CapabilityDetailProps) {
  const { definition, approvedDefinition, state } = capability;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 text-table">
        <CapabilityState state={state} />
        <span className="text-muted-foreground">
          {capability.kind}, first seen <Time value={capability.firstSeenAt} />
          {state === "changed" && (
            <>
              , changed <Time value={capability.changedAt} />
            </>
          )}
        </span>
      </div>
      {(state === "new" || state === "changed") && (
        <Alert variant="warn">
          {state === "new" ? "Nobody has accepted this yet, so no client gets it." : "The definition changed after it was accepted, so it is withheld."}
          {canManage && (
            <ActionForm action={acceptCapabilitiesAction} org={org} hidden={{ serverId, capability: capability.id }} className="mt-2">
              <SubmitButton size="sm" className="w-fit">
                Accept
              </SubmitButton>
            </ActionForm>
          )}
        </Alert>
      )}
      {capability.warnings.length > 0 && (
        <Alert variant="warn">
          <ul>
            {capability.warnings.map((warning) => (
              <li key={warning}>
                <UntrustedText text={warning} max={300} />
              </li>
            ))}
          </ul>
        </Alert>
      )}
      <Part title="Description">
        {capability.description ? (
          <UntrustedText text={capability.description} max={8_192} multiline />
        ) : (
          <p className="text-muted-foreground">The server gives none.</p>
        )}
      </Part>
      <ArgumentsTable definition={definition} />
      {typeof definition.annotations === "object" && definition.annotations !== null && (
        <Part title="Annotations, claimed by the server">
          <JsonView value={definition.annotations} label="annotations" />
        </Part>
      )}
      {state === "changed" && approvedDefinition && (
        <>
          <Part title="As accepted">
            <JsonView value={approvedDefinition} label="accepted definition" />
          </Part>
          <Part title="What changed">
            <ul className="flex flex-col gap-2">
              {changedFields(approvedDefinition, definition).map((field) => (
                <li key={field.name} className="rounded-md border p-2 text-table">
                  <UntrustedText text={field.name} max={120} className="font-mono text-xs" />
                  <p className="text-muted-foreground">
                    before: <UntrustedText text={field.before} max={600} />
                  </p>
                  <p>
                    now: <UntrustedText text={field.after} max={600} />
                  </p>
                </li>
              ))}
            </ul>
          </Part>
        </>
      )}
      <Part title={state === "changed" ? "As it is now" : "Definition"}>
        <JsonView value={definition} label="definition" />
      </Part>
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** The members of two definitions that differ, as JSON. */
function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): { name: string; before: string; after: string }[] {
  const words = (value: unknown) => (value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value));
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({ name, before: words(before[name]), after: words(after[name]) }));
}
