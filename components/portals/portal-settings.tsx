import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { deletePortalAction, setPortalEnabledAction, updatePortalAction } from "@/lib/portals/actions";
import type { Portal, PortalImpact } from "@/lib/portals/queries";
import { PortalLifetimesForm } from "./portal-lifetimes-form";
import { PortalToolsForm } from "./portal-tools-form";

export type PortalSettingsProps = { org: string; portal: Portal; impact: PortalImpact };

/** What an admin may change about a portal: its words, its own tools, how long apps stay connected, its switch, its end. The address stays. */
export function PortalSettings({ org, portal, impact }: PortalSettingsProps) {
  const connected = impact.people === 1 ? "1 connected person" : `${impact.people} connected people`;
  const verb = impact.people === 1 ? "loses" : "lose";
  return (
    <div className="flex max-w-[480px] flex-col gap-10">
      <ActionForm action={updatePortalAction} org={org} hidden={{ portalId: portal.id }}>
        <FormField name="name" label="Name" required>
          <Input defaultValue={portal.name} maxLength={80} />
        </FormField>
        <FormField name="description" label="Description" optional>
          <Input defaultValue={portal.description} maxLength={500} />
        </FormField>
        <FormField name="contact" label="Whom refused people should ask" optional hint="An e-mail address or a channel. People who may not enter read it.">
          <Input defaultValue={portal.contact} maxLength={200} />
        </FormField>
        <FormField name="instructions" label="Instructions" optional hint="What the portal tells AI clients about itself.">
          <Textarea defaultValue={portal.instructions} maxLength={4_000} rows={5} />
        </FormField>
        <SubmitButton className="w-fit">Save</SubmitButton>
      </ActionForm>
      <PortalToolsForm org={org} portal={portal} />
      <PortalLifetimesForm org={org} portal={portal} />
      <section aria-labelledby="switch" className="flex flex-col gap-3">
        <h2 id="switch" className="font-semibold">
          {portal.enabled ? "Switch off" : "Switch on"}
        </h2>
        <p className="text-muted-foreground">
          {portal.enabled
            ? "Every call and sign-in is refused until it is on again. Nothing is lost."
            : "It is off: every call and sign-in is refused. Connected apps work again at once."}
        </p>
        {portal.enabled ? (
          <ConfirmDialog
            trigger="Switch off"
            title={`Switch off ${portal.name}?`}
            consequence={`${connected} ${verb} it until it is on again.`}
            confirmLabel="Switch off"
            action={setPortalEnabledAction}
            org={org}
            fields={{ portalId: portal.id, enabled: "false" }}
          />
        ) : (
          <ActionForm action={setPortalEnabledAction} org={org} hidden={{ portalId: portal.id, enabled: "true" }}>
            <SubmitButton className="w-fit">Switch on</SubmitButton>
          </ActionForm>
        )}
      </section>
      <section aria-labelledby="delete" className="flex flex-col gap-3">
        <h2 id="delete" className="font-semibold">
          Delete
        </h2>
        <p className="text-muted-foreground">
          {connected} with {impact.apps} connected {impact.apps === 1 ? "app" : "apps"} {verb} it. The record of its {impact.calls.toLocaleString("en")} calls
          stays.
        </p>
        <ConfirmDialog
          trigger="Delete portal"
          triggerVariant="danger"
          title={`Delete ${portal.name}?`}
          consequence={`${connected} ${verb} this portal at once, and its switches and names are forgotten. Its URL stops working.`}
          confirmLabel="Delete portal"
          action={deletePortalAction}
          org={org}
          fields={{ portalId: portal.id }}
        >
          <FormField name="slug" label={`Type ${portal.slug} to confirm`} required>
            <Input autoComplete="off" spellCheck={false} autoCapitalize="none" className="font-mono" />
          </FormField>
        </ConfirmDialog>
      </section>
    </div>
  );
}
