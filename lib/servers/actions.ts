"use server";

import { revalidatePath } from "next/cache";
import { after } from "next/server";
import type { OrgContext } from "@/lib/auth/context";
import { revocationsOf } from "@/lib/connections/revocations";
import { type FormState, orgAction } from "@/lib/form";
import { acceptCapabilities, createServer, deleteServer, requestSync, setServerProtocol, setServerSecret, updateServer } from "./commands";
import { probeServer } from "./probe";
import { acceptSchema, createServerSchema, probeSchema, serverRefSchema, setProtocolSchema, setSecretSchema, updateServerSchema } from "./schema";
import { syncServer } from "./sync";

// The page that follows shows the progress; the form does not wait for the network.
const syncSoon = (ctx: OrgContext, serverId: string) => after(() => syncServer(ctx.db, { orgId: ctx.org.id, serverId }, ctx.actor));

const create = orgAction(
  createServerSchema,
  async (ctx, input) => {
    const server = await createServer(ctx, input);
    syncSoon(ctx, server.id);
    // With OAuth nothing can be read before the shared account is connected.
    return { path: `servers/${server.id}${input.auth === "oauth" ? "/connections" : ""}` };
  },
  { redirectTo: ({ path }, org) => `/admin/${org}/${path}` },
);
const update = orgAction(
  updateServerSchema,
  async (ctx, input) => {
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id, serverId: input.serverId });
    const result = await updateServer(ctx, input);
    if (result.urlChanged) syncSoon(ctx, input.serverId);
    if (result.urlChanged) after(revoke);
    refresh(ctx, input.serverId);
  },
  { message: "Saved." },
);
const setSecret = orgAction(
  setSecretSchema,
  async (ctx, input) => {
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id, serverId: input.serverId });
    await setServerSecret(ctx, input);
    if (input.auth !== "oauth") after(revoke);
    syncSoon(ctx, input.serverId);
    refresh(ctx, input.serverId);
  },
  { message: "The credential is set. Synchronising with it now." },
);
const setProtocol = orgAction(
  setProtocolSchema,
  async (ctx, input) => {
    const { changed } = await setServerProtocol(ctx, input);
    if (changed) syncSoon(ctx, input.serverId);
    refresh(ctx, input.serverId);
  },
  { message: "Saved." },
);
const remove = orgAction(
  serverRefSchema,
  async (ctx, input) => {
    const revoke = await revocationsOf(ctx.db, { orgId: ctx.org.id, serverId: input.serverId });
    await deleteServer(ctx, input);
    after(revoke);
  },
  { redirectTo: (_result, org) => `/admin/${org}/servers` },
);
const accept = orgAction(
  acceptSchema,
  async (ctx, input) => {
    const result = await acceptCapabilities(ctx, input);
    refresh(ctx, input.serverId);
    return result;
  },
  { message: "Accepted." },
);
const sync = orgAction(serverRefSchema, async (ctx, input) => {
  const result = await requestSync(ctx, input);
  refresh(ctx, input.serverId);
  return result;
});
const probe = orgAction(probeSchema, probeServer);

export async function createServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return create(previous, form);
}
export async function updateServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return update(previous, form);
}
export async function setServerSecretAction(previous: FormState, form: FormData): Promise<FormState> {
  return setSecret(previous, form);
}
export async function setServerProtocolAction(previous: FormState, form: FormData): Promise<FormState> {
  return setProtocol(previous, form);
}
export async function deleteServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return remove(previous, form);
}
export async function acceptCapabilitiesAction(previous: FormState, form: FormData): Promise<FormState> {
  return accept(previous, form);
}
/** Answers when the sync has ended; `data` is its result. */
export async function syncServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return sync(previous, form);
}
/** For the add page, before anything is saved; `data` is a `ProbeFinding`. */
export async function probeServerAction(previous: FormState, form: FormData): Promise<FormState> {
  return probe(previous, form);
}

function refresh(ctx: OrgContext, serverId: string): void {
  revalidatePath(`/admin/${ctx.org.slug}/servers/${serverId}`, "layout");
}
