import type { Verdict } from "./judge";
import type { Revision } from "./suite";

/**
 * How many checks a scenario comes to at least when its client does all its work (what the official SDK's own client comes to). Some
 * scenarios have nothing against a client that crashes on its way.
 */
export function withMinimum(revision: Revision, verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.map((verdict) => {
    const minimum = minimums[verdict.scenario]?.[revision] ?? 1;
    return verdict.fault === null && verdict.passed < minimum ? { ...verdict, fault: `${verdict.passed} of at least ${minimum} checks` } : verdict;
  });
}

const both = (old: number, current: number) => ({ "2025-11-25": old, "2026-07-28": current });
const current = (count: number) => ({ "2025-11-25": 1, "2026-07-28": count });

const minimums: Record<string, Record<Revision, number>> = {
  initialize: both(1, 1),
  tools_call: both(2, 2),
  "elicitation-sep1034-client-defaults": both(5, 5),
  "sse-retry": both(3, 3),
  "auth/metadata-default": both(19, 18),
  "auth/metadata-var1": both(19, 18),
  "auth/metadata-var2": both(19, 18),
  "auth/metadata-var3": both(19, 18),
  "auth/basic-cimd": both(14, 12),
  "auth/scope-from-www-authenticate": both(15, 14),
  "auth/scope-from-scopes-supported": both(15, 14),
  "auth/scope-omitted-when-undefined": both(15, 14),
  "auth/scope-step-up": both(21, 23),
  "auth/scope-retry-limit": both(10, 11),
  "auth/token-endpoint-auth-basic": both(20, 19),
  "auth/token-endpoint-auth-post": both(20, 19),
  "auth/token-endpoint-auth-none": both(20, 19),
  "auth/pre-registration": both(13, 10),
  "auth/client-credentials-jwt": both(7, 5),
  "auth/client-credentials-basic": both(7, 5),
  "json-schema-2020-12-preservation": both(9, 9),
  "request-metadata": current(8),
  "auth/resource-mismatch": current(2),
  "auth/offline-access-scope": current(11),
  "auth/offline-access-not-supported": current(14),
  "auth/authorization-server-migration": current(27),
  "auth/iss-supported": current(14),
  "auth/iss-not-advertised": current(14),
  "auth/iss-supported-missing": current(8),
  "auth/iss-wrong-issuer": current(8),
  "auth/iss-unexpected": current(8),
  "auth/iss-normalized": current(8),
  "auth/metadata-issuer-mismatch": current(3),
  "sep-2322-client-request-state": current(5),
  "http-standard-headers": current(9),
  "http-custom-headers": current(18),
  "http-invalid-tool-headers": current(12),
  "json-schema-ref-no-deref": current(1),
};
