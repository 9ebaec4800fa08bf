import { z } from "zod";
import { clientSecretSchema, scopesSchema } from "@/lib/connections/schema";
import { limits } from "@/lib/limits";

export const serverIdSchema = z.string().regex(/^srv_[0-9a-z]{26}$/, "is not a server");
export const capabilityIdSchema = z.string().regex(/^cap_[0-9a-z]{26}$/, "is not a capability");
export const authKinds = ["none", "bearer", "headers", "oauth"] as const;
export const protocols = ["auto", "current", "session"] as const;

const line = z
  .string()
  .trim()
  // A line break or NUL in a header would end it; in a name it would break every list it appears in.
  .regex(/^[^\p{Cc}]*$/u, "must not have control characters");

export const serverSlugSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,11}$/, "1 to 12 of `a-z`, `0-9` and `-`, starting with a letter or digit");

export const serverUrlSchema = line
  .min(1, "is needed")
  .max(limits.uriCharsMax, "is too long")
  .superRefine((value, issue) => {
    const problem = urlProblem(value);
    if (problem) issue.addIssue({ code: "custom", message: problem });
  });

const credential = {
  auth: z.enum(authKinds).default("none"),
  token: line.max(8_192, "is too long").default(""),
  headerName: z.array(line.max(128, "is too long")).max(20, "at most 20 headers").default([]),
  headerValue: z.array(line.max(8_192, "is too long")).max(20, "at most 20 headers").default([]),
};

export const probeSchema = z.strictObject({ url: serverUrlSchema, ...credential }).superRefine(credentialIsWhole);

export const createServerSchema = z
  .strictObject({
    url: serverUrlSchema,
    name: line.min(1, "is needed").max(80, "at most 80 characters"),
    slug: serverSlugSchema,
    description: line.max(500, "at most 500 characters").default(""),
    ...credential,
    scopes: scopesSchema,
    clientId: line.max(1_000, "is too long").default(""),
    clientSecret: clientSecretSchema,
  })
  .superRefine(credentialIsWhole)
  .superRefine(({ clientId, clientSecret }, issue) => {
    if (clientSecret && !clientId) issue.addIssue({ code: "custom", path: ["clientId"], message: "is needed with its secret" });
  })
  // Without JavaScript the fields stand there for every kind of authentication.
  .transform((input) => (input.auth === "oauth" ? input : { ...input, scopes: [], clientId: "", clientSecret: "" }));

export const updateServerSchema = z.strictObject({
  serverId: serverIdSchema,
  url: serverUrlSchema,
  name: line.min(1, "is needed").max(80, "at most 80 characters"),
  description: line.max(500, "at most 500 characters").default(""),
  callTimeoutSeconds: z.coerce
    .number()
    .int("is not a whole number")
    .min(1, "at least 1 second")
    .max(limits.callTimeoutMsMax / 1_000, "at most 300 seconds"),
});

export const setSecretSchema = z.strictObject({ serverId: serverIdSchema, ...credential }).superRefine(credentialIsWhole);
export const setProtocolSchema = z.strictObject({ serverId: serverIdSchema, protocol: z.enum(protocols) });
export const serverRefSchema = z.strictObject({ serverId: serverIdSchema });
export const acceptSchema = z.strictObject({
  serverId: serverIdSchema,
  capability: z.array(capabilityIdSchema).min(1, "choose at least one").max(limits.capabilitiesPerServerMax),
});

export type Credential = { auth: (typeof authKinds)[number]; token: string; headerName: string[]; headerValue: string[] };
export type CreateServer = z.output<typeof createServerSchema>;
export type UpdateServer = z.output<typeof updateServerSchema>;

/** A first idea for a slug: the name's letters and digits, at most 12. */
export function suggestSlug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return plain.slice(0, 12).replace(/-+$/, "") || "server";
}

/** The request headers that carry a credential; empty for none. */
export function credentialHeaders({ auth, token, headerName, headerValue }: Credential): Record<string, string> {
  if (auth === "none" || auth === "oauth") return {};
  if (auth === "bearer") return { authorization: `Bearer ${token}` };
  return Object.fromEntries(headerName.map((name, i) => [name.toLowerCase(), headerValue[i] ?? ""]).filter(([name]) => name));
}

function urlProblem(value: string): string | null {
  const url = URL.parse(value);
  if (!url || !/^https?:\/\//i.test(value)) return "must be a full URL, such as https://mcp.example.com/mcp";
  if (url.username || url.password) return "must not have a user or password in it; use authentication below";
  if (url.hash) return "must not have a fragment (`#…`)";
  return null;
}

// Headers that the gateway sets itself, or that would change who is asked or how the body is read.
const ours =
  /^(host|connection|content-.*|transfer-encoding|te|trailer|upgrade|keep-alive|proxy-.*|expect|accept|accept-encoding|mcp-.*|x-forwarded-.*|forwarded|cookie2?)$/i;

function credentialIsWhole(input: Credential, issue: z.RefinementCtx): void {
  const complain = (field: string, message: string) => issue.addIssue({ code: "custom", path: [field], message });
  if (input.auth === "bearer" && !/^[\x21-\x7e]+$/.test(input.token))
    complain("token", input.token ? "must be printable characters without spaces" : "is needed");
  if (input.auth !== "headers") return;
  const rows = input.headerName.map((name, i) => ({ name, value: input.headerValue[i] ?? "" })).filter((row) => row.name || row.value);
  if (rows.length === 0) complain("headerName", "at least one header is needed");
  const seen = new Set<string>();
  for (const { name, value } of rows) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) complain("headerName", `\`${name}\` is not a header name`);
    else if (ours.test(name)) complain("headerName", `\`${name}\` is set by Gatehouse itself`);
    else if (seen.has(name.toLowerCase())) complain("headerName", `\`${name}\` is there twice`);
    else if (!/^[\x20-\x7e]+$/.test(value)) complain("headerValue", `the value of \`${name}\` ${value ? "must be printable characters" : "is needed"}`);
    seen.add(name.toLowerCase());
  }
}
