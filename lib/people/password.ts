import { hash, verify } from "@node-rs/argon2";

/** Argon2id in PHC form, 19 MiB, two passes: the first of OWASP's equivalent settings. */
export function hashPassword(password: string): Promise<string> {
  return hash(canonical(password), { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}

/** Takes the same time whether or not there is a hash, so that an unknown account cannot be told from a wrong password (UI-08). */
export async function verifyPassword(storedHash: string | null | undefined, password: string): Promise<boolean> {
  const isRight = await verify(storedHash || nobodysHash, canonical(password));
  return isRight && Boolean(storedHash);
}

// Of a random password that was thrown away.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$3IpDQNVisTNp2ds9FPSsVQ$3bnqCM4NpP0f3ema6gQ9aMa7yvEXSmwOLF3Vg87JZ+Y";

// The same characters typed on another keyboard may arrive composed differently.
const canonical = (password: string) => password.normalize("NFKC");
