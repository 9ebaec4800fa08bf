import Link from "next/link";
import { PeopleConnected } from "@/components/connections/people-connected";
import { RefusedSignIns } from "@/components/connections/refused-sign-ins";
import { SharedAccount } from "@/components/connections/shared-account";
import { EmptyState } from "@/components/shared/empty-state";
import { hasRight } from "@/lib/auth/roles";
import { listServerConnections } from "@/lib/connections/queries";
import { listRefusals } from "@/lib/connections/refusals";
import { listServerPortals } from "@/lib/servers/queries";
import { loadServer } from "../../load-server";

export default async function ServerConnectionsPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  if (server.auth === "none") {
    return <EmptyState title="No accounts here" description="The server is asked without a credential. Its settings offer other ways." />;
  }
  const [connections, portals, refusals] = await Promise.all([
    listServerConnections(ctx, server.id),
    listServerPortals(ctx, server.id),
    listRefusals(ctx, server.id),
  ]);
  return (
    <div className="flex flex-col gap-8">
      {server.auth === "oauth" ? (
        <SharedAccount
          org={ctx.org.slug}
          server={server}
          shared={connections.find((connection) => connection.personId === null) ?? null}
          canManage={hasRight(ctx.actor.role, "servers.manage")}
        />
      ) : (
        <p className="text-muted-foreground">
          The shared credential is in the{" "}
          <Link href={`/admin/${ctx.org.slug}/servers/${server.id}/settings`} className="underline underline-offset-4">
            settings
          </Link>
          .
        </p>
      )}
      <PeopleConnected
        org={ctx.org.slug}
        people={connections.filter((connection) => connection.personId !== null)}
        isPersonal={portals.some((portal) => portal.account === "personal")}
      />
      <RefusedSignIns refusals={refusals} />
    </div>
  );
}
