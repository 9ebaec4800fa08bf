import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { createGroupAction, deleteGroupAction, renameGroupAction } from "@/lib/groups/actions";
import type { Group } from "@/lib/groups/queries";

export function CreateGroupForm({ org }: { org: string }) {
  return (
    <ActionForm action={createGroupAction} org={org} className="max-w-[480px]">
      <FormField name="name" label="Name">
        <Input required maxLength={80} placeholder="Contractors" />
      </FormField>
      <FormField name="description" label="Description" optional>
        <Input maxLength={500} />
      </FormField>
      <FormField name="emails" label="People" hint="E-mail addresses, separated by commas, spaces or lines. You can add more later." optional>
        <Textarea rows={6} spellCheck={false} className="font-mono" />
      </FormField>
      <SubmitButton className="self-start">Create group</SubmitButton>
    </ActionForm>
  );
}

export function RenameGroupForm({ org, group }: { org: string; group: Group }) {
  return (
    <ActionForm action={renameGroupAction} org={org} aria-labelledby="group-details">
      <h2 id="group-details" className="font-semibold">
        Name and description
      </h2>
      <input type="hidden" name="groupId" value={group.id} />
      <FormField name="name" label="Name">
        <Input required maxLength={80} defaultValue={group.name} />
      </FormField>
      <FormField name="description" label="Description" optional>
        <Input maxLength={500} defaultValue={group.description} />
      </FormField>
      <SubmitButton variant="outline" className="self-start">
        Save
      </SubmitButton>
    </ActionForm>
  );
}

export function DeleteGroupForm({ org, group, people }: { org: string; group: Group; people: number }) {
  return (
    <section className="space-y-3 border-t pt-6 text-sm">
      <h2 className="font-semibold">Delete {group.name}</h2>
      {group.policies.length > 0 ? (
        <p className="text-muted-foreground">Policies mention this group. Take it out of them first, then it can be deleted.</p>
      ) : (
        <>
          <p className="text-muted-foreground">
            The list of {people} {people === 1 ? "person" : "people"} goes with it. No policy mentions it, so nobody's access changes.
          </p>
          <ActionForm action={deleteGroupAction} org={org}>
            <input type="hidden" name="groupId" value={group.id} />
            <SubmitButton variant="destructive" className="self-start">
              Delete group
            </SubmitButton>
          </ActionForm>
        </>
      )}
    </section>
  );
}
