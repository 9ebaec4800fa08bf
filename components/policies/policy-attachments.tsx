import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import { ActionForm } from "@/components/shared/action-form";
import { EmptyState } from "@/components/shared/empty-state";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Card } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { attachPolicyAction, detachPolicyAction, movePolicyAction } from "@/lib/policies/actions";
import type { PolicyItem } from "@/lib/policies/queries";
import { Sentence } from "./sentence";

export type PolicyAttachmentsProps = {
  org: string;
  target: { kind: "server" | "portal"; id: string };
  /** In the order in which they are asked. */
  attached: PolicyItem[];
  /** What could be attached still. */
  available: PolicyItem[];
  canEdit: boolean;
};

/** The policies of a portal or server in order, the first that matches decides. Moves, detaches, attaches. */
export function PolicyAttachments({ org, target, attached, available, canEdit }: PolicyAttachmentsProps) {
  const hidden = (policyId: string) => ({ targetKind: target.kind, targetId: target.id, policyId });
  return (
    <div className="flex flex-col gap-3">
      {attached.length === 0 ? (
        <EmptyState title="No policy, so nobody" description={`Without a policy that allows them, nobody may use this ${target.kind}.`} />
      ) : (
        <Card>
          <ol className="divide-y">
            {attached.map((policy, index) => (
              <li key={policy.id} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
                <span className="w-4 text-muted-foreground tabular-nums">{index + 1}</span>
                <div className="min-w-0 flex-1 basis-60">
                  <Link href={`/admin/${org}/policies/${policy.id}`} className="font-medium hover:underline">
                    {policy.name}
                  </Link>
                  <div className="text-table">
                    <Sentence parts={policy.parts} />
                  </div>
                </div>
                {canEdit && (
                  <div className="flex items-center gap-1">
                    <MoveForm org={org} hidden={hidden(policy.id)} name={policy.name} isFirst={index === 0} isLast={index === attached.length - 1} />
                    <ActionForm action={detachPolicyAction} org={org} hidden={hidden(policy.id)}>
                      <SubmitButton variant="ghost" size="sm" aria-label={`Detach ${policy.name}`}>
                        Detach
                      </SubmitButton>
                    </ActionForm>
                  </div>
                )}
              </li>
            ))}
          </ol>
        </Card>
      )}
      <p className="text-muted-foreground text-table">Asked from the top; the first that matches decides. When none matches, the answer is no.</p>
      {canEdit && available.length > 0 && (
        <ActionForm
          action={attachPolicyAction}
          org={org}
          hidden={{ targetKind: target.kind, targetId: target.id }}
          className="max-w-[480px] flex-row flex-wrap items-end gap-2"
        >
          <FormField name="policyId" label="Attach a policy" className="min-w-0 flex-1">
            <Select>
              {available.map((policy) => (
                <option key={policy.id} value={policy.id}>
                  {policy.name}
                </option>
              ))}
            </Select>
          </FormField>
          <SubmitButton variant="secondary" className="h-9">
            Attach
          </SubmitButton>
        </ActionForm>
      )}
      {canEdit && (
        <Link href={`/admin/${org}/policies/new`} className="w-fit text-primary text-table hover:underline">
          Create a policy
        </Link>
      )}
    </div>
  );
}

type MoveFormProps = { org: string; hidden: Record<string, string>; name: string; isFirst: boolean; isLast: boolean };

function MoveForm({ org, hidden, name, isFirst, isLast }: MoveFormProps) {
  return (
    <ActionForm action={movePolicyAction} org={org} hidden={hidden} className="flex-row gap-0.5">
      <SubmitButton variant="ghost" size="icon-sm" name="direction" value="up" disabled={isFirst} aria-label={`Move ${name} up`}>
        <ArrowUp aria-hidden />
      </SubmitButton>
      <SubmitButton variant="ghost" size="icon-sm" name="direction" value="down" disabled={isLast} aria-label={`Move ${name} down`}>
        <ArrowDown aria-hidden />
      </SubmitButton>
    </ActionForm>
  );
}
