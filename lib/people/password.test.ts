import { expect, test } from "vitest";
import { hashPassword, verifyPassword } from "./password";

test("a password is recognised by its hash, which is argon2id and salted", async () => {
  const [one, two] = await Promise.all([hashPassword("correct horse battery"), hashPassword("correct horse battery")]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await verifyPassword(one, "correct horse battery")).toBe(true);
  expect(await verifyPassword(one, "correct horse batterY")).toBe(false);
});

test("no hash is never right", async () => {
  for (const none of [null, undefined, ""]) expect(await verifyPassword(none, "correct horse battery")).toBe(false);
});

test("an account without a password costs the same work", async () => {
  const stored = await hashPassword("correct horse battery");
  const timeOf = async (value: string | null) => {
    const started = performance.now();
    for (let i = 0; i < 5; i++) await verifyPassword(value, "guess guess guess");
    return performance.now() - started;
  };
  const [known, unknown] = [await timeOf(stored), await timeOf(null)];
  expect(unknown / known).toBeGreaterThan(0.3);
  expect(unknown / known).toBeLessThan(3);
});

test("the same characters composed differently are the same password", async () => {
  expect(await verifyPassword(await hashPassword("pa\u0308sswort mit u\u0308"), "p\u00e4sswort mit \u00fc")).toBe(true);
});

test("a long password counts to its last character", async () => {
  const long = "a".repeat(200);
  const stored = await hashPassword(`${long}1`);
  expect(await verifyPassword(stored, `${long}2`)).toBe(false);
  expect(await verifyPassword(stored, `${long}1`)).toBe(true);
});
