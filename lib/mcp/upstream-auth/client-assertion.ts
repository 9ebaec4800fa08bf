import { createPrivateKey, sign } from "node:crypto";
import { newToken } from "@/lib/ids";
import type { UpstreamClient } from "./types";

const hashes: Record<string, string> = { ES256: "sha256", RS256: "sha256", ES384: "sha384", RS384: "sha384", ES512: "sha512", RS512: "sha512", EdDSA: "" };

/** A signed statement of who we are, for one issuer and five minutes (RFC 7523 section 3). */
export function clientAssertion(client: UpstreamClient, now: Date): string {
  const { clientId, issuer, privateKey, algorithm = "ES256" } = client;
  const hash = hashes[algorithm];
  if (!privateKey || hash === undefined) throw new Error(`client \`${clientId}\` has no usable key for ${algorithm}`);
  const seconds = Math.floor(now.getTime() / 1_000);
  const claims = { iss: clientId, sub: clientId, aud: issuer, iat: seconds, exp: seconds + 300, jti: newToken("jti") };
  const signed = `${encoded({ alg: algorithm, typ: "JWT" })}.${encoded(claims)}`;
  const key = createPrivateKey(privateKey);
  const signature = sign(hash || null, Buffer.from(signed), algorithm.startsWith("ES") ? { key, dsaEncoding: "ieee-p1363" } : key);
  return `${signed}.${signature.toString("base64url")}`;
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
