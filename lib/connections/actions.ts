"use server";

import { revalidatePath } from "next/cache";
import type { OrgContext } from "@/lib/auth/context";
import { currentPerson } from "@/lib/auth/request";
import { type FormState, orgAction, personAction } from "@/lib/form";
import {
  disconnectShared,
  discoverServerOAuth,
  dropUpstreamClient,
  setAssignmentAccount,
  setServerOAuth,
  setUpstreamClient,
  startSharedConnection,
} from "./commands";
import { connectWithKey, disconnectMine, startConnecting } from "./mine";
import {
  connectKeySchema,
  discoverSchema,
  myConnectionSchema,
  serverRefSchema,
  setAccountSchema,
  setServerOAuthSchema,
  setUpstreamClientSchema,
  sharedConnectionSchema,
} from "./schema";

const start = personAction(myConnectionSchema, startConnecting);
const withKey = personAction(connectKeySchema, thenConnect(connectWithKey), { redirectTo: ({ path }) => path });
const disconnect = personAction(myConnectionSchema, thenConnect(disconnectMine), { message: "Disconnected." });
const startShared = orgAction(sharedConnectionSchema, async (ctx, input) => startSharedConnection(ctx, input, (await currentPerson())?.sessionId ?? null));
const endShared = orgAction(sharedConnectionSchema, thenAdmin(disconnectShared), { message: "The shared account is disconnected." });
const setOAuth = orgAction(setServerOAuthSchema, thenAdmin(setServerOAuth), { message: "Saved." });
const setClient = orgAction(setUpstreamClientSchema, thenAdmin(setUpstreamClient), { message: "Saved." });
const dropClient = orgAction(serverRefSchema, thenAdmin(dropUpstreamClient), { message: "Removed." });
const discover = orgAction(discoverSchema, discoverServerOAuth);
const setAccount = orgAction(setAccountSchema, thenAdmin(setAssignmentAccount), { message: "Saved." });

/** `data` is a `Leaving`: the page shows the host and a link, and the person goes on by themselves (UP-15). */
export async function startConnectingAction(previous: FormState, form: FormData): Promise<FormState> {
  return start(previous, form);
}
export async function connectWithKeyAction(previous: FormState, form: FormData): Promise<FormState> {
  return withKey(previous, form);
}
/** `data.revoked` says whether the provider was told. */
export async function disconnectMineAction(previous: FormState, form: FormData): Promise<FormState> {
  return disconnect(previous, form);
}
/** `data` is a `Leaving`. */
export async function startSharedConnectionAction(previous: FormState, form: FormData): Promise<FormState> {
  return startShared(previous, form);
}
export async function disconnectSharedAction(previous: FormState, form: FormData): Promise<FormState> {
  return endShared(previous, form);
}
export async function setServerOAuthAction(previous: FormState, form: FormData): Promise<FormState> {
  return setOAuth(previous, form);
}
export async function setUpstreamClientAction(previous: FormState, form: FormData): Promise<FormState> {
  return setClient(previous, form);
}
export async function dropUpstreamClientAction(previous: FormState, form: FormData): Promise<FormState> {
  return dropClient(previous, form);
}
/** By `serverId`, or by `url` before a server is saved; `data` is a `Discovery`. */
export async function discoverAction(previous: FormState, form: FormData): Promise<FormState> {
  return discover(previous, form);
}
export async function setAccountAction(previous: FormState, form: FormData): Promise<FormState> {
  return setAccount(previous, form);
}

function thenConnect<C, I, R>(command: (ctx: C, input: I) => Promise<R>) {
  return async (ctx: C, input: I): Promise<R> => {
    const result = await command(ctx, input);
    revalidatePath("/connect/[org]/[portal]", "layout");
    return result;
  };
}

function thenAdmin<I, R>(command: (ctx: OrgContext, input: I) => Promise<R>) {
  return async (ctx: OrgContext, input: I): Promise<R> => {
    const result = await command(ctx, input);
    revalidatePath("/admin/[org]", "layout");
    return result;
  };
}
