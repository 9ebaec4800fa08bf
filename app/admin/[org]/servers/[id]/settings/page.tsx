import { ServerSettings } from "@/components/servers/server-settings";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { getServerOAuth } from "@/lib/connections/queries";
import { serverImpact } from "@/lib/servers/queries";
import { loadServer } from "../../load-server";

export default async function ServerSettingsPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  if (!hasRight(ctx.actor.role, "servers.manage")) return <Alert>Your role ({ctx.actor.role}) reads servers but does not change them.</Alert>;
  const [oauth, impact] = await Promise.all([getServerOAuth(ctx, server.id), serverImpact(ctx, server.id)]);
  // A URL that changed is another server: the form starts again from what is saved.
  return <ServerSettings key={server.url} org={ctx.org.slug} server={server} oauth={oauth} impact={impact} />;
}
