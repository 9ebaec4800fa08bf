import { fromOutside, ownOrigin } from "@/lib/egress/own-origin";
import { type Egress, egressRequest } from "@/lib/egress/request";
import { clientSource } from "@/lib/oauth/settings";
import type { ClientSource } from "@/lib/oauth/clients";

export type DoctorPorts = {
  /** To our own origin, as apps find it. */
  own: Egress;
  /** What anybody on the internet could reach. */
  outside: Egress;
  /** To a server. */
  upstream: Egress;
  source: ClientSource;
  stepMs: number;
  totalMs: number;
};

export const doctorPorts = (): DoctorPorts => ({
  own: ownOrigin,
  outside: fromOutside,
  upstream: egressRequest,
  source: clientSource(),
  stepMs: 5_000,
  totalMs: 30_000,
});
