import { TokenPage } from "@/components/service-tokens/token-page";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getServiceToken } from "@/lib/service-tokens/queries";
import { orNotFound } from "../../../people/or-not-found";

export const metadata = { title: "Service token" };

export default async function ServiceTokenPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const ctx = await orgContext(org);
  const token = await orNotFound(getServiceToken(ctx, id));
  return (
    <div className="flex flex-col gap-4">
      <h2 className="wrap-anywhere font-semibold">{token.name}</h2>
      <TokenPage org={ctx.org.slug} token={token} canManage={hasRight(ctx.actor.role, "org.manage")} />
    </div>
  );
}
