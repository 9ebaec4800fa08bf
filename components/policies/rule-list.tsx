"use client";

import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useFormState } from "@/components/shared/field-context";
import { useHydrated } from "@/components/shared/use-hydrated";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { emptyRow, fieldOf, type RuleList as List, type RuleRow } from "@/lib/policies/rule-rows";

export type RuleListProps = {
  list: List;
  legend: string;
  hint: string;
  rows: RuleRow[];
  onChange: (rows: RuleRow[]) => void;
  groups: { id: string; name: string }[];
};

/** One part of a policy as chips: what it is about, and its value. Without JavaScript each chip shows every field. */
export function RuleList({ list, legend, hint, rows, onChange, groups }: RuleListProps) {
  const { fields = {} } = useFormState();
  const isHydrated = useHydrated();
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{legend}</legend>
      <p className="text-muted-foreground text-table">{hint}</p>
      {rows.map((row, index) => (
        <Chip
          // biome-ignore lint/suspicious/noArrayIndexKey: the editor mounts the list anew when rows come or go
          key={index}
          list={list}
          label={`${legend}, entry ${index + 1}`}
          row={row}
          problem={fields[`${list}-${index}`]}
          groups={groups}
          onChange={(change) => onChange(rows.map((other, at) => (at === index ? { ...other, ...change } : other)))}
          onRemove={() => onChange(rows.filter((_, at) => at !== index))}
        />
      ))}
      {fields[list] && <p className="text-error text-table">{capitalized(fields[list])}</p>}
      <Button
        type={isHydrated ? "button" : "submit"}
        name="add"
        value={list}
        formNoValidate
        variant="ghost"
        size="sm"
        className="w-fit"
        aria-label={`Add to: ${legend}`}
        onClick={isHydrated ? () => onChange([...rows, { ...emptyRow, kind: "email_domain" }]) : undefined}
      >
        <Plus aria-hidden /> Add
      </Button>
    </fieldset>
  );
}

type ChipProps = {
  list: List;
  label: string;
  row: RuleRow;
  problem: string | undefined;
  groups: RuleListProps["groups"];
  onChange: (change: Partial<RuleRow>) => void;
  onRemove: () => void;
};

function Chip({ list, label, row, problem, groups, onChange, onRemove }: ChipProps) {
  const isHydrated = useHydrated();
  // A form is reset after its action, and a select then goes to its default, not to its value: so it has a default and tells its changes.
  const [started] = useState(row);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-1.5 rounded-md border bg-card p-1.5">
        <Select
          name={fieldOf(list, "kind")}
          aria-label={`${label}: kind`}
          defaultValue={started.kind}
          onChange={(event) => onChange({ kind: event.target.value })}
          className="w-36"
        >
          {kinds.map((kind) => (
            <option key={kind.value} value={kind.value}>
              {kind.label}
            </option>
          ))}
        </Select>
        <Part isShown={!isHydrated || row.kind === "email" || row.kind === "email_domain"}>
          <Input
            name={fieldOf(list, "text")}
            aria-label={`${label}: ${row.kind === "email" ? "e-mail address" : "domain"}`}
            aria-invalid={problem ? true : undefined}
            value={row.text}
            onChange={(event) => onChange({ text: event.target.value })}
            placeholder={row.kind === "email" ? "ana@acme.com" : "acme.com"}
            spellCheck={false}
            autoCapitalize="none"
          />
        </Part>
        <Part isShown={!isHydrated || row.kind === "group"}>
          <Select
            name={fieldOf(list, "group")}
            aria-label={`${label}: group`}
            defaultValue={started.group}
            onChange={(event) => onChange({ group: event.target.value })}
          >
            <option value="">{groups.length > 0 ? "Choose a group" : "There are no groups yet"}</option>
            {groups.map((group) => (
              <option key={group.id} value={group.id}>
                {group.name}
              </option>
            ))}
          </Select>
        </Part>
        {isHydrated && (
          <Button type="button" variant="ghost" size="icon-sm" aria-label={`Remove ${label}`} onClick={onRemove}>
            <X aria-hidden />
          </Button>
        )}
      </div>
      {problem && <p className="text-error text-table">{capitalized(problem)}</p>}
    </div>
  );
}

const kinds = [
  { value: "", label: "Choose" },
  { value: "everyone", label: "Everyone" },
  { value: "email_domain", label: "E-mail domain" },
  { value: "email", label: "E-mail address" },
  { value: "group", label: "Group" },
];

// Hidden, but sent: the three columns of the form stay side by side.
function Part({ isShown, children }: { isShown: boolean; children: React.ReactNode }) {
  return <span className={isShown ? "min-w-40 flex-1" : "hidden"}>{children}</span>;
}

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
