import { PolicyAttachments } from "@/components/policies/policy-attachments";
import { PersonCheck } from "@/components/portals/person-check";
import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Input } from "@/components/ui/input";
import { hasRight } from "@/lib/auth/roles";
import { admitDomainAction } from "@/lib/policies/actions";
import { listAttachable, listAttached } from "@/lib/policies/queries";
import { checkPerson } from "@/lib/portals/queries";
import { checkPersonSchema } from "@/lib/portals/schema";
import { loadPortal } from "../../load-portal";

type Props = { params: Promise<{ org: string; id: string }>; searchParams: Promise<{ email?: string | string[] }> };

export default async function PortalPoliciesPage({ params, searchParams }: Props) {
  const [{ org, id }, { email }] = await Promise.all([params, searchParams]);
  const { ctx, portal } = await loadPortal(org, id);
  const target = { kind: "portal", id: portal.id } as const;
  const typed = typeof email === "string" ? email.slice(0, 300).replaceAll("\0", "") : "";
  const asked = typed === "" ? null : checkPersonSchema.safeParse(typed);
  const [attached, available, result] = await Promise.all([
    listAttached(ctx, target),
    listAttachable(ctx, target),
    asked?.success ? checkPerson(ctx, portal.id, asked.data) : null,
  ]);
  const canEdit = hasRight(ctx.actor.role, "policies.manage");
  const domain = ctx.actor.email.split("@")[1] ?? "";
  return (
    <div className="flex max-w-3xl flex-col gap-8">
      <section aria-labelledby="who" className="flex flex-col gap-3">
        <h2 id="who" className="font-semibold">
          Who may enter
        </h2>
        <PolicyAttachments org={ctx.org.slug} target={target} attached={attached} available={available} canEdit={canEdit} />
        {canEdit && (
          <ActionForm
            action={admitDomainAction}
            org={ctx.org.slug}
            hidden={{ portalId: portal.id }}
            className="max-w-[480px] flex-row flex-wrap items-end gap-2"
          >
            <FormField name="domain" label="Let in people at" className="min-w-0 flex-1">
              <Input defaultValue={attached.length === 0 ? domain : ""} placeholder="acme.com" spellCheck={false} autoCapitalize="none" />
            </FormField>
            <SubmitButton variant={attached.length === 0 ? "primary" : "secondary"} className="h-9">
              Allow
            </SubmitButton>
          </ActionForm>
        )}
      </section>
      <PersonCheck org={ctx.org.slug} typed={typed} problem={asked && !asked.success ? "That is not an e-mail address." : null} result={result} />
    </div>
  );
}
