import { PortalSettings } from "@/components/portals/portal-settings";
import { Alert } from "@/components/ui/alert";
import { hasRight } from "@/lib/auth/roles";
import { portalImpact } from "@/lib/portals/queries";
import { loadPortal } from "../../load-portal";

export default async function PortalSettingsPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, portal } = await loadPortal(org, id);
  if (!hasRight(ctx.actor.role, "portals.manage")) return <Alert>Your role ({ctx.actor.role}) reads portals but does not change them.</Alert>;
  return <PortalSettings org={ctx.org.slug} portal={portal} impact={await portalImpact(ctx, portal.id)} />;
}
