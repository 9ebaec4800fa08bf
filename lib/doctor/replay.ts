import { undoVisit } from "@/lib/oauth/doctor-visit";
import { addressOutcome, challengeOutcome, metadataOutcome, resourceOutcome } from "./front-door";
import { makeHttp } from "./http";
import type { ClientProfile } from "./profiles";
import { registrationOutcome } from "./registration";
import type { Walked } from "./report";
import { authorizeOutcome, consentOutcome, newAsked } from "./sign-in";
import type { Stage } from "./stage";
import { callOutcome, refreshOutcome, revokeOutcome, tokenOutcome } from "./tokens";
import { Walk } from "./walk";

const titles = {
  address: "Reach the address",
  challenge: "Ask without a token",
  resource: "Read the portal’s metadata",
  metadata: "Read the sign-in’s metadata",
  registration: "Become known",
  authorize: "Ask to be let in",
  consent: "The person’s consent",
  token: "Get tokens",
  refresh: "Renew them",
  call: "First messages",
  revoke: "Sign out",
} as const;

/** One app's whole way, over real HTTP at PUBLIC_URL. Whatever it made is gone afterwards. */
export async function replay(stage: Stage, profile: ClientProfile): Promise<Walked> {
  const { ports, org, person, signal } = stage;
  const trip: Trip = { walk: new Walk(titles, { stepMs: ports.stepMs, signal }), reference: null, clientId: null };
  const since = new Date();
  try {
    await along(stage, profile, trip);
  } finally {
    const references = trip.reference === null ? [] : [trip.reference];
    const clientIds = trip.clientId === null ? [] : [trip.clientId];
    await undoVisit(person.db, { orgId: org.id, references, clientIds, since }, new Date());
  }
  return { id: profile.id, name: profile.name, reference: trip.reference, steps: trip.walk.steps() };
}

type Trip = { walk: Walk<keyof typeof titles>; reference: string | null; clientId: string | null };

async function along(stage: Stage, profile: ClientProfile, trip: Trip): Promise<void> {
  const { walk } = trip;
  const http = (signal: AbortSignal) => makeHttp(stage.ports.own, `${profile.userAgent} (Gatehouse OAuth doctor)`, signal);
  // An address that a vendor cannot reach is still good for everybody who can, so the way goes on.
  await walk.step("address", (signal) => addressOutcome(stage, profile, signal));
  const challenge = await walk.step("challenge", (signal) => challengeOutcome(stage, profile, http(signal)));
  if (!challenge) return;
  if (!(await walk.step("resource", (signal) => resourceOutcome(stage, profile, http(signal), challenge.metadataUrl)))) return;
  if (!(await walk.step("metadata", (signal) => metadataOutcome(profile, http(signal))))) return;
  const client = await walk.step("registration", (signal) => registrationOutcome(stage, profile, http(signal)));
  if (!client) return;
  trip.clientId = client.clientId;
  const asked = newAsked(client.clientId);
  const note = (reference: string) => {
    trip.reference = reference;
  };
  const wanted = { ...asked, scopes: challenge.scopes };
  const waiting = await walk.step("authorize", (signal) => authorizeOutcome(stage, profile, http(signal), wanted, note));
  const allowed = waiting && (await walk.step("consent", () => consentOutcome(stage, profile, waiting, asked)));
  const pair = allowed && (await walk.step("token", (signal) => tokenOutcome(stage, profile, http(signal), { ...asked, ...allowed })));
  const next = pair && (await walk.step("refresh", (signal) => refreshOutcome(stage, http(signal), client.clientId, pair)));
  if (!next || !(await walk.step("call", (signal) => callOutcome(stage, profile, http(signal), next)))) return;
  await walk.step("revoke", (signal) => revokeOutcome(stage, profile, http(signal), client.clientId, next));
}
