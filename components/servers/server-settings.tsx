import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Time } from "@/components/shared/time";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { deleteServerAction, setServerSecretAction, updateServerAction } from "@/lib/servers/actions";
import type { ServerPage } from "@/lib/servers/queries";
import { CredentialFields } from "./credential-fields";
import { ProtocolForm } from "./protocol-form";

export type ServerSettingsProps = { org: string; server: ServerPage; impact: { portals: string[]; capabilitiesOn: number; policies: number } };

/** What an admin may change about a server: its facts, its protocol, its credential, its end. */
export function ServerSettings({ org, server, impact }: ServerSettingsProps) {
  const hidden = { serverId: server.id };
  return (
    <div className="flex max-w-[480px] flex-col gap-10">
      <ActionForm action={updateServerAction} org={org} hidden={hidden}>
        <FormField name="name" label="Name" required>
          <Input defaultValue={server.name} maxLength={80} />
        </FormField>
        <FormField name="description" label="Description" optional>
          <Textarea defaultValue={server.description} maxLength={500} />
        </FormField>
        <FormField name="url" label="URL" required hint="Another URL drops the credential, and everything it offers has to be accepted again.">
          <Input type="url" defaultValue={server.url} spellCheck={false} className="font-mono" />
        </FormField>
        <FormField name="callTimeoutSeconds" label="Longest call" hint="Seconds, 1 to 300." required>
          <Input type="number" min={1} max={300} defaultValue={server.callTimeoutMs / 1_000} className="w-28 tabular-nums" />
        </FormField>
        <SubmitButton className="w-fit">Save</SubmitButton>
      </ActionForm>
      <ProtocolForm org={org} server={server} />
      <section className="flex flex-col gap-3">
        <h2 className="font-semibold">Credential</h2>
        <p className="text-muted-foreground">
          {server.secretFingerprint ? (
            <>
              Set · <code className="text-foreground text-table">{server.secretFingerprint}</code> · <Time value={server.secretSetAt} />
            </>
          ) : (
            "None. The server is asked without one."
          )}
        </p>
        <details open={server.errorCause === "unauthorized"}>
          <summary className="w-fit text-primary hover:underline">{server.secretFingerprint ? "Replace" : "Set a credential"}</summary>
          <ActionForm action={setServerSecretAction} org={org} hidden={hidden} className="mt-4">
            <CredentialFields initial={server.auth} />
            <SubmitButton className="w-fit">{server.secretFingerprint ? "Replace credential" : "Set credential"}</SubmitButton>
          </ActionForm>
        </details>
      </section>
      <section className="flex flex-col items-start gap-3 border-t pt-6">
        <h2 className="font-semibold">Delete</h2>
        <p className="text-muted-foreground">{impactSentence(impact)}</p>
        <ConfirmDialog
          trigger="Delete server"
          triggerVariant="danger"
          title={`Delete ${server.name}?`}
          consequence={impactSentence(impact)}
          confirmLabel={`Delete ${server.name}`}
          action={deleteServerAction}
          org={org}
          fields={hidden}
        />
      </section>
    </div>
  );
}

function impactSentence({ portals, capabilitiesOn, policies }: ServerSettingsProps["impact"]): string {
  const kept = "Calls on record stay.";
  const detached = policies > 0 ? ` ${counted(policies, "policy is", "policies are")} detached.` : "";
  if (portals.length === 0) return `No portal uses it.${detached} ${kept}`;
  return `${counted(portals.length, "portal loses", "portals lose")} ${counted(capabilitiesOn, "capability", "capabilities")} at once (${portals.join(", ")}).${detached} ${kept}`;
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
