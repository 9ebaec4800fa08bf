import Link from "next/link";
import { ClientList, ClientRulesForm } from "@/components/people/client-rules";
import { Alert } from "@/components/ui/alert";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { countUnlistedApps, getClientRules } from "@/lib/oauth/client-rules";

export const metadata = { title: "Clients" };

export default async function ClientsPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const [rules, unlisted] = await Promise.all([getClientRules(ctx), countUnlistedApps(ctx)]);
  return (
    <div className="max-w-[480px] space-y-6">
      {unlisted > 0 && (
        <Alert variant="warning">
          {unlisted === 1 ? "1 connected app is" : `${unlisted.toLocaleString("en")} connected apps are`} not on the list and will be signed out at the next
          refresh.{" "}
          <Link href={`/admin/${ctx.org.slug}/people/apps`} className="underline underline-offset-4">
            See connected apps
          </Link>
        </Alert>
      )}
      {hasRight(ctx.actor.role, "org.manage") ? <ClientRulesForm org={ctx.org.slug} rules={rules} /> : <ClientList rules={rules} />}
    </div>
  );
}
