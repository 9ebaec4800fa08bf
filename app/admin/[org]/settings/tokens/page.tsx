import Link from "next/link";
import { TokenList } from "@/components/service-tokens/token-list";
import { Button } from "@/components/ui/button";
import { orgContext } from "@/lib/auth/request";
import { hasRight } from "@/lib/auth/roles";
import { listServiceTokens } from "@/lib/service-tokens/queries";

export const metadata = { title: "Service tokens" };

export default async function ServiceTokensPage({ params }: { params: Promise<{ org: string }> }) {
  const ctx = await orgContext((await params).org);
  const tokens = await listServiceTokens(ctx);
  const base = `/admin/${ctx.org.slug}/settings/tokens`;
  const create = hasRight(ctx.actor.role, "org.manage") && (
    <Button asChild>
      <Link href={`${base}/new`}>Create service token</Link>
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      {tokens.length > 0 && (
        <div className="flex flex-wrap items-start justify-between gap-3">
          <p className="max-w-xl text-muted-foreground">
            A machine gets into the portals its token is bound to. Servers with policies of their own, and those where each person uses an account of their own,
            stay closed to it.
          </p>
          {create}
        </div>
      )}
      <TokenList tokens={tokens} base={base} create={create} />
    </div>
  );
}
