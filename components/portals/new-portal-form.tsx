"use client";

import { useState } from "react";
import { ActionForm } from "@/components/shared/action-form";
import { useFormState } from "@/components/shared/field-context";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { createPortalAction } from "@/lib/portals/actions";
import { portalSlugSchema, suggestPortalSlug } from "@/lib/portals/schema";

export type NewPortalFormProps = { org: string /** What stands before the slug in the portal's URL. */; urlStart: string; taken: string[] };

/** Name first; the address follows the name until somebody types one, and is checked as it is typed. */
export function NewPortalForm({ org, urlStart, taken }: NewPortalFormProps) {
  return (
    <ActionForm action={createPortalAction} org={org} className="max-w-[480px]">
      <Fields urlStart={urlStart} taken={taken} />
      <FormField name="description" label="Description" optional>
        <Input maxLength={500} />
      </FormField>
      <SubmitButton className="w-fit">Create portal</SubmitButton>
    </ActionForm>
  );
}

function Fields({ urlStart, taken }: Omit<NewPortalFormProps, "org">) {
  const { values } = useFormState();
  const [name, setName] = useState(() => String(values?.name ?? ""));
  const [typed, setTyped] = useState<string | null>(() => (values?.slug ? String(values.slug) : null));
  const slug = typed ?? suggestPortalSlug(name);
  const parsed = portalSlugSchema.safeParse(slug);
  const isTaken = parsed.success && taken.includes(parsed.data);
  const problem = slug === "" || (parsed.success && !isTaken) ? undefined : isTaken ? "is taken in this organization" : parsed.error?.issues[0]?.message;
  return (
    <>
      <FormField name="name" label="Name" required>
        <Input name="name" value={name} onChange={(event) => setName(event.target.value)} maxLength={80} autoComplete="off" />
      </FormField>
      <FormField name="slug" label="Address" required error={typed === null ? undefined : problem} hint={`${urlStart}${slug || "…"}`}>
        <Input
          name="slug"
          value={slug}
          onChange={(event) => setTyped(event.target.value)}
          maxLength={32}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          className="font-mono"
        />
      </FormField>
    </>
  );
}
