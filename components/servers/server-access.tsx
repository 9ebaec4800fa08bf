import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Select } from "@/components/ui/select";
import { setServerAccessAction } from "@/lib/policies/actions";

export type ServerAccessProps = { org: string; serverId: string; access: "portal" | "policies"; canEdit: boolean };

/** Who decides about a server: the portals alone, or its own policies as well. */
export function ServerAccess({ org, serverId, access, canEdit }: ServerAccessProps) {
  if (!canEdit) return <p>{words[access]}</p>;
  return (
    <ActionForm action={setServerAccessAction} org={org} hidden={{ serverId }} className="max-w-[560px] flex-row flex-wrap items-end gap-2">
      <FormField name="access" label="Who may use this server" className="min-w-0 flex-1">
        <Select defaultValue={access}>
          <option value="portal">{words.portal}</option>
          <option value="policies">{words.policies}</option>
        </Select>
      </FormField>
      <SubmitButton variant="secondary" className="h-9">
        Save
      </SubmitButton>
      <p className="basis-full text-muted-foreground text-table">A portal always has to admit the person first.</p>
    </ActionForm>
  );
}

const words = { portal: "Everyone whom its portals admit", policies: "Only whom its own policies admit too" };
