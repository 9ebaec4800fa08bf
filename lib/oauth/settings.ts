import { egressRequest } from "@/lib/egress/request";
import { env } from "@/lib/env";
import { limits } from "@/lib/limits";
import type { ClientSource } from "./clients";
import { nativeRedirectUris } from "./redirect-uri";
import type { RegistrationSettings } from "./register";

/** Documented vendor callbacks and what the operator added. */
export const nativeRedirects = () => [...nativeRedirectUris, ...env().OAUTH_NATIVE_REDIRECTS];

export const registrationSettings = (): RegistrationSettings => ({ enabled: env().OAUTH_DCR === "on", nativeRedirects: nativeRedirects() });

/** Where clients come from in production: the table, and documents fetched through the egress module. */
export const clientSource = (): ClientSource => ({
  documents: env().OAUTH_CIMD,
  nativeRedirects: nativeRedirects(),
  levelMs: limits.upstreamMetadataMs,
  fetchDocument: (url) =>
    egressRequest(url, { method: "GET", headers: { accept: "application/json" }, totalTimeoutMs: limits.upstreamMetadataMs, maxBytes: limits.cimdBytesMax }),
});
