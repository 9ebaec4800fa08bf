import { z } from "zod";

const portalId = z.string().regex(/^ptl_[0-9a-z]{26}$/, "is not a portal");
const serverId = z.string().regex(/^srv_[0-9a-z]{26}$/, "is not a server");

const line = z
  .string()
  .trim()
  .regex(/^[^\p{Cc}]*$/u, "must not have control characters");
const secretLine = line.max(8_192, "is too long").regex(/^[\x20-\x7e]*$/, "must be printable characters");
const url = line.max(2_000, "is too long");
const endpoint = url.refine((value) => value === "" || isAddress(value), "must be a full URL, such as https://auth.example.com/token");
const needed = endpoint.refine((value) => value !== "", "is needed");

export const accounts = ["shared", "personal"] as const;
export const clientAuthentications = ["auto", "none", "client_secret_basic", "client_secret_post"] as const;

/** A person's own account at one server of one portal. */
export const myConnectionSchema = z.strictObject({ portalId, serverId });
/** `token` for a bearer server, the header values in the server's order of `headerNames` otherwise. */
export const connectKeySchema = z.strictObject({
  portalId,
  serverId,
  token: secretLine.default(""),
  headerValue: z.array(secretLine).max(20, "at most 20 headers").default([]),
});

export const sharedConnectionSchema = z.strictObject({ serverId });
export const setAccountSchema = z.strictObject({ portalId, serverId, account: z.enum(accounts) });

/** Words separated by spaces, as a list. */
export const scopesSchema = line
  .max(2_000, "is too long")
  .regex(/^[\x21\x23-\x5b\x5d-\x7e ]*$/, "has characters that no scope has")
  .default("")
  .transform((text) => [...new Set(text.split(" ").filter(Boolean))]);
export const clientSecretSchema = secretLine.default("");

/** Fields of a form; the four endpoints all empty means that they are discovered. */
export const setServerOAuthSchema = z
  .strictObject({
    serverId,
    scopes: scopesSchema,
    // A switch that is off sends nothing.
    allowUnannouncedS256: z
      .literal("on")
      .optional()
      .transform((value) => value === "on"),
    issuer: endpoint.default(""),
    authorizationEndpoint: endpoint.default(""),
    tokenEndpoint: endpoint.default(""),
    revocationEndpoint: endpoint.default(""),
  })
  .superRefine(({ issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint }, issue) => {
    const must = { issuer, authorizationEndpoint, tokenEndpoint };
    if (![...Object.values(must), revocationEndpoint].some(Boolean)) return;
    for (const [field, value] of Object.entries(must)) if (!value) issue.addIssue({ code: "custom", path: [field], message: "is needed with the others" });
  });

/** An empty secret with the client ID that is there already keeps its secret. */
export const setUpstreamClientSchema = z.strictObject({
  serverId,
  issuer: needed,
  clientId: line.min(1, "is needed").max(1_000, "is too long"),
  clientSecret: clientSecretSchema,
  authentication: z.enum(clientAuthentications).default("auto"),
});
export const serverRefSchema = z.strictObject({ serverId });
/** Before a server is saved, by its URL; afterwards by its id, with what was set for it. */
export const discoverSchema = z.union([z.strictObject({ serverId }), z.strictObject({ url: needed })]);

export type MyConnectionRef = z.output<typeof myConnectionSchema>;
export type ConnectKey = z.output<typeof connectKeySchema>;
export type SetAccount = z.output<typeof setAccountSchema>;
export type SetServerOAuth = z.output<typeof setServerOAuthSchema>;
export type SetUpstreamClient = z.output<typeof setUpstreamClientSchema>;
export type Discover = z.output<typeof discoverSchema>;

function isAddress(value: string): boolean {
  const parsed = URL.parse(value);
  return parsed !== null && /^https?:\/\//i.test(value) && !parsed.username && !parsed.password && !parsed.hash;
}
