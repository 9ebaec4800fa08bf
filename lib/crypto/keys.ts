import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "@/lib/env";
import { singleton } from "@/lib/singleton";

/** `id` is public: it tells which master key sealed a value. */
export type MasterKey = { id: string; bytes: Buffer };

/** The current master key first, then older ones that may still open what they sealed. */
export function masterKeys(): MasterKey[] {
  return singleton("master-keys", () => {
    const { GATEHOUSE_SECRET, GATEHOUSE_SECRET_PREVIOUS = [], DATA_DIR } = env();
    return [GATEHOUSE_SECRET ?? storedSecret(DATA_DIR), ...GATEHOUSE_SECRET_PREVIOUS].map(toKey);
  });
}

/** A 32-byte key for one purpose, derived from the current master key. */
export function deriveKey(purpose: string, key: MasterKey = currentKey()): Buffer {
  return Buffer.from(hkdfSync("sha256", key.bytes, "gatehouse", purpose, 32));
}

function currentKey(): MasterKey {
  const [key] = masterKeys();
  if (!key) throw new Error("there is no master key");
  return key;
}

function toKey(secret: string): MasterKey {
  const bytes = createHash("sha256").update(secret).digest();
  return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 8), bytes };
}

/** Without GATEHOUSE_SECRET a key is made at first start and kept, readable by the owner only (CR-01). */
function storedSecret(dataDir: string): string {
  const path = join(dataDir, "secret");
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, randomBytes(32).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const secret = readFileSync(path, "utf8").trim();
  if (secret.length < 32) throw new Error(`${path} is damaged: it should hold the master key; restore it from a backup`);
  return secret;
}
