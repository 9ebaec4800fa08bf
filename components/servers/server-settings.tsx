import { ActionForm } from "@/components/shared/action-form";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { deleteServerAction, updateServerAction } from "@/lib/servers/actions";
import type { ServerOAuthPage } from "@/lib/connections/queries";
import type { ServerPage } from "@/lib/servers/queries";
import { OAuthSetup } from "./oauth-setup";
import { ProtocolForm } from "./protocol-form";
import { ServerCredential } from "./server-credential";

export type ServerSettingsProps = {
  org: string;
  server: ServerPage;
  oauth: ServerOAuthPage;
  impact: { portals: string[]; capabilitiesOn: number; policies: number };
};

/** What an admin may change about a server: its facts, its protocol, its credential, its end. */
export function ServerSettings({ org, server, oauth, impact }: ServerSettingsProps) {
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
      <ServerCredential org={org} server={server} callbackUrl={oauth.callbackUrl} />
      {server.auth === "oauth" && <OAuthSetup key={oauth.client?.clientId} org={org} serverId={server.id} oauth={oauth} />}
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
