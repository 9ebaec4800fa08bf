import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { deriveKey, masterKeys } from "./keys";

/** What a sealed value is bound to; opening it anywhere else fails (CR-03). */
export type SealPlace = { purpose: string; orgId: string; rowId: string };

/** AES-256-GCM under a key derived for the organization: `v1.keyId.nonce.ciphertext+tag`, base64url. */
export function seal(text: string, place: SealPlace): string {
  const [key] = masterKeys();
  if (!key) throw new Error("there is no master key");
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", deriveKey(`seal:${place.orgId}`, key), nonce);
  cipher.setAAD(additionalData(place, key.id));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1.${key.id}.${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
}

/** Throws when the value was tampered with, moved, or sealed under a key that is gone. */
export function unseal(sealed: string, place: SealPlace): string {
  const [version, keyId, nonce, body] = sealed.split(".");
  const key = masterKeys().find((candidate) => candidate.id === keyId);
  if (version !== "v1" || !key || !nonce || !body) throw new Error(`a sealed value needs master key ${keyId ?? "?"}, which is not configured`);
  const bytes = Buffer.from(body, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", deriveKey(`seal:${place.orgId}`, key), Buffer.from(nonce, "base64url"));
  decipher.setAAD(additionalData(place, key.id));
  decipher.setAuthTag(bytes.subarray(bytes.length - 16));
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - 16)), decipher.final()]).toString("utf8");
}

/** Eight characters that let a person recognise a secret without showing it. */
export const secretFingerprint = (secret: string) => createHash("sha256").update(`gatehouse:${secret}`).digest("hex").slice(0, 8);

function additionalData({ purpose, orgId, rowId }: SealPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([purpose, orgId, rowId, keyId]));
}
