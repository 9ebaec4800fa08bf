import { ActionForm } from "@/components/shared/action-form";
import { RadioChoices } from "@/components/shared/radio-choices";
import { SubmitButton } from "@/components/shared/submit-button";
import { Switch } from "@/components/ui/switch";
import type { ContextMode } from "@/lib/gateway/context-mode";
import { setPortalToolsAction } from "@/lib/portals/actions";
import type { Portal } from "@/lib/portals/queries";

/** Whether a portal has tools of its own, and how much its clients see of the others. */
export function PortalToolsForm({ org, portal }: { org: string; portal: Portal }) {
  return (
    <section aria-labelledby="portal-tools" className="flex flex-col gap-3">
      <h2 id="portal-tools" className="font-semibold">
        Portal tools
      </h2>
      <p className="text-muted-foreground">
        Tools of the portal’s own, beside those of its servers. With them an AI client can list the servers and their state, and switch a server off for itself.
        Nobody can do more by them than the policies and switches allow.
      </p>
      <ActionForm action={setPortalToolsAction} org={org} hidden={{ portalId: portal.id }}>
        {/* Keyed, so that a form that React resets after its action starts from what is saved. */}
        <div key={`${portal.portalTools} ${portal.contextMode}`} className="flex flex-col gap-4">
          <div className="flex items-center gap-2.5">
            <Switch id="portal-tools-on" name="portalTools" defaultChecked={portal.portalTools} />
            <label htmlFor="portal-tools-on">Offer portal tools</label>
          </div>
          <RadioChoices legend="What clients see of the other tools" name="contextMode" chosen={portal.contextMode} choices={choices} />
          <p className="text-muted-foreground text-table">
            This counts only while portal tools are offered. It saves room in the model’s context and changes nobody’s rights; a client may ask for another of
            the three with <code>?context=</code> at the end of the URL.
          </p>
        </div>
        <SubmitButton variant="secondary" className="w-fit">
          Save
        </SubmitButton>
      </ActionForm>
    </section>
  );
}

const choices: { value: ContextMode; label: string; words: string }[] = [
  { value: "full", label: "Everything", words: "Each tool with its whole definition. Right for a few dozen tools." },
  { value: "names", label: "Names", words: "Each tool with its name and one line. The model looks a definition up before it calls the tool." },
  {
    value: "search",
    label: "Search and execute",
    words: "Only the portal’s own tools. The model searches for a tool and has the portal call it. Right for hundreds of tools.",
  },
];
