import Link from "next/link";
import { PolicyEditor } from "@/components/policies/policy-editor";
import { Sentence } from "@/components/policies/sentence";
import { ConfirmDialog } from "@/components/shared/confirm-dialog";
import { PageHeader } from "@/components/shared/page-header";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { deletePolicyAction } from "@/lib/policies/actions";
import { getPolicy, listGroupChoices, policyImpact } from "@/lib/policies/queries";
import { orNotFound } from "../../servers/load-server";

export const metadata = { title: "Policy" };

export default async function PolicyPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const ctx = await orgContext(org);
  const [policy, groups, impact] = await orNotFound(Promise.all([getPolicy(ctx, id), listGroupChoices(ctx), policyImpact(ctx, id)]));
  const canEdit = hasRight(ctx.actor.role, "policies.manage");
  const base = `/admin/${ctx.org.slug}`;
  const places = [
    ...policy.portals.map((portal) => ({ ...portal, href: `${base}/portals/${portal.id}/policies` })),
    ...policy.servers.map((server) => ({ ...server, href: `${base}/servers/${server.id}/policies` })),
  ];
  return (
    <>
      <PageHeader
        title={policy.name}
        description={!canEdit && <Sentence parts={policy.parts} />}
        actions={
          canEdit && (
            <ConfirmDialog
              trigger="Delete"
              title={`Delete ${policy.name}?`}
              consequence={consequence(impact)}
              confirmLabel="Delete policy"
              action={deletePolicyAction}
              org={ctx.org.slug}
              fields={{ policyId: policy.id }}
            />
          )
        }
      />
      <section aria-label="Where it is attached" className="mb-6">
        <h2 className="mb-1 font-semibold">Attached to</h2>
        {places.length === 0 && <p className="text-muted-foreground">Nothing yet, so it does nothing. Attach it on a portal’s or a server’s Policies tab.</p>}
        <ul className="flex flex-wrap gap-x-4 gap-y-1">
          {places.map((place) => (
            <li key={place.id}>
              <Link href={place.href} className="text-primary hover:underline">
                {place.name}
              </Link>
            </li>
          ))}
        </ul>
      </section>
      {canEdit && <PolicyEditor key={policy.id} org={ctx.org.slug} policy={policy} groups={groups} />}
    </>
  );
}

function consequence({ portals, servers, connectedPeople }: Awaited<ReturnType<typeof policyImpact>>): string {
  const places = portals.length + servers.length;
  if (places === 0) return "It is attached nowhere, so nobody’s access changes.";
  const people = connectedPeople === 1 ? "1 person is" : `${connectedPeople} people are`;
  return `It is detached from ${[...portals, ...servers].map((place) => place.name).join(", ")}. ${people} connected to those portals now; whom no other policy admits loses access at once.`;
}
