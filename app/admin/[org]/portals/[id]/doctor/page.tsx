import { PortalCheck } from "@/components/doctor/portal-check";
import { hasRight } from "@/lib/auth/roles";
import { profiles } from "@/lib/doctor/profiles";
import { issuer } from "@/lib/oauth/urls";
import { loadPortal } from "../../load-portal";

export default async function PortalDoctorPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, portal } = await loadPortal(org, id);
  if (!hasRight(ctx.actor.role, "portals.manage")) {
    return <p className="text-muted-foreground">Admins can try here whether apps connect. Your role ({ctx.actor.role}) may not.</p>;
  }
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <p className="text-muted-foreground">
        Gatehouse does what each app does when somebody connects it, over the network at <code className="font-mono text-table">{issuer()}</code> and signed in
        as you. It gives the consent in your name and takes back everything that it made; in Activity these visits are marked “OAuth doctor”.
      </p>
      <PortalCheck org={ctx.org.slug} portalId={portal.id} apps={profiles.map(({ id, name, from }) => ({ id, name, from }))} />
    </div>
  );
}
