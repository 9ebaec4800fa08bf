import { ServerCheck } from "@/components/doctor/server-check";
import { hasRight } from "@/lib/auth/roles";
import { loadServer } from "../../load-server";

export default async function ServerDoctorPage({ params }: { params: Promise<{ org: string; id: string }> }) {
  const { org, id } = await params;
  const { ctx, server } = await loadServer(org, id);
  if (!hasRight(ctx.actor.role, "servers.manage")) {
    return <p className="text-muted-foreground">Admins can look here why a server does not connect. Your role ({ctx.actor.role}) may not.</p>;
  }
  return (
    <div className="flex max-w-3xl flex-col gap-5">
      <p className="text-muted-foreground">
        Gatehouse walks the way to the server and its sign-in service step by step. It registers nothing and signs nobody in; a token that is due is renewed, as
        with any call.
      </p>
      <ServerCheck org={ctx.org.slug} serverId={server.id} />
    </div>
  );
}
