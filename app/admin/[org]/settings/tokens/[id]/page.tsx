import { TokenPage } from "@/components/service-tokens/token-page";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { getServiceToken } from "@/lib/service-tokens/queries";
import { listReach } from "@/lib/service-tokens/reach";
import { orNotFound } from "../../../people/or-not-found";

export const metadata = { title: "Service token" };

export default async function ServiceTokenPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const ctx = await orgContext(org);
  const [token, reach] = await orNotFound(Promise.all([getServiceToken(ctx, id), listReach(ctx, id)]));
  return (
    <div className="flex flex-col gap-4">
      <h2 className="wrap-anywhere font-semibold">{token.name}</h2>
      <TokenPage org={ctx.org.slug} token={token} reach={reach} canManage={hasRight(ctx.actor.role, "org.manage")} />
    </div>
  );
}
