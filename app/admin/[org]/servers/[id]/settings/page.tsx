import { ServerSettings } from "@/components/servers/server-settings";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { serverImpact } from "@/lib/servers/queries";
import { loadServer } from "../../load-server";

export default async function ServerSettingsPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  if (!hasRight(ctx.actor.role, "servers.manage")) return <Alert>Your role ({ctx.actor.role}) reads servers but does not change them.</Alert>;
  // A URL that changed is another server: the form starts again from what is saved.
  return <ServerSettings key={server.url} org={ctx.org.slug} server={server} impact={await serverImpact(ctx, server.id)} />;
}
