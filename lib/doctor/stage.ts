import type { PersonContext } from "@/lib/auth/context";
import type { DoctorPorts } from "./ports";

/** Everything that a replay needs of the portal, of who runs it and of the world. */
export type Stage = {
  org: { id: string; slug: string; name: string };
  portal: { id: string; slug: string; name: string; url: string; enabled: boolean };
  /** The admin, as whom the doctor signs in. */
  person: PersonContext;
  ports: DoctorPorts;
  /** Aborts when the whole check has taken too long. */
  signal: AbortSignal;
};

export const adminPath = ({ org }: Pick<Stage, "org">, rest: string) => `/admin/${org.slug}${rest}`;
export const portalPagePath = (stage: Stage, tab = "") => adminPath(stage, `/portals/${stage.portal.id}${tab}`);
