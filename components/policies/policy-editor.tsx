"use client";

import { useState } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { useFormState } from "@/components/shared/field-context";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { savePolicyAction } from "@/lib/policies/actions";
import { emptyRow, type RuleList as List, type RuleRow, readRow, rowsOf, ruleLists, toRow } from "@/lib/policies/rule-rows";
import type { Policy, Rule } from "@/lib/policies/schema";
import { sentenceParts } from "@/lib/policies/sentence";
import { RuleList } from "./rule-list";
import { Sentence } from "./sentence";

type Groups = { id: string; name: string }[];
export type PolicyEditorProps = { org: string; policy: (Policy & { description: string }) | null; groups: Groups };

/** Makes or changes a policy: the sentence on top is built from the chips below it. */
export function PolicyEditor({ org, policy, groups }: PolicyEditorProps) {
  return (
    <ActionForm action={savePolicyAction} org={org} hidden={policy ? { policyId: policy.id } : {}} className="max-w-[560px] gap-6">
      <Fields policy={policy} groups={groups} />
      <SubmitButton className="w-fit">{policy ? "Save" : "Create policy"}</SubmitButton>
    </ActionForm>
  );
}

function Fields({ policy, groups }: Omit<PolicyEditorProps, "org">) {
  const state = useFormState();
  const { values } = state;
  const [action, setAction] = useState<"allow" | "block">(() => (values?.action === "block" || (!values && policy?.action === "block") ? "block" : "allow"));
  const [rows, setRows] = useState<Record<List, RuleRow[]>>(() => startingRows(values, policy));
  // Selects and radios are mounted anew, with what is chosen now as their default, after each answer and when rows come or go.
  const [round, setRound] = useState({ state, number: 0 });
  if (round.state !== state) setRound({ state, number: round.number + 1 });
  const change = (list: List, next: RuleRow[]) => {
    if (next.length !== rows[list].length) setRound({ state, number: round.number + 1 });
    setRows((all) => ({ ...all, [list]: next }));
  };
  const names = new Map(groups.map((group) => [group.id, group.name]));
  const rules = (list: List): Rule[] =>
    rows[list].flatMap((row) => {
      const read = readRow(row);
      return "rule" in read && read.rule ? [read.rule] : [];
    });
  const parts = sentenceParts({ action, include: rules("include"), require: rules("require"), exclude: rules("exclude") }, names);
  return (
    <>
      <p aria-live="polite" className="rounded-lg border bg-muted/50 px-4 py-3 text-base">
        <Sentence parts={parts} />
      </p>
      <FormField name="name" label="Name" required>
        <Input defaultValue={policy?.name ?? ""} maxLength={80} />
      </FormField>
      <FormField name="description" label="Description" optional>
        <Input defaultValue={policy?.description ?? ""} maxLength={500} />
      </FormField>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-1 font-medium">When it matches</legend>
        <div key={round.number} className="flex gap-4">
          {(["allow", "block"] as const).map((value) => (
            <label key={value} className="flex items-center gap-2">
              <input type="radio" name="action" value={value} defaultChecked={action === value} onChange={() => setAction(value)} className="accent-primary" />
              {value === "allow" ? "Allow" : "Block"}
            </label>
          ))}
        </div>
      </fieldset>
      {ruleLists.map((list) => (
        <RuleList key={`${list} ${round.number}`} list={list} {...words[list]} rows={rows[list]} onChange={(next) => change(list, next)} groups={groups} />
      ))}
    </>
  );
}

const words: Record<List, { legend: string; hint: string }> = {
  include: { legend: "Who", hint: "One of these is enough. A domain means exactly that domain, not those below it." },
  require: { legend: "And also", hint: "All of these must hold as well. Leave empty for no further condition." },
  exclude: { legend: "Except", hint: "For these people the policy does not match; the next one is asked." },
};

function startingRows(values: Record<string, string | string[]> | undefined, policy: Policy | null): Record<List, RuleRow[]> {
  const stored = (list: List) => policy?.[list].map(toRow) ?? (list === "include" ? [{ ...emptyRow, kind: "email_domain" }] : []);
  const rows = (list: List) => (values ? rowsOf(values, list) : stored(list));
  return { include: rows("include"), require: rows("require"), exclude: rows("exclude") };
}
