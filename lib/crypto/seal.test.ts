import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { env } from "@/lib/env";
import { forget } from "@/lib/singleton";
import { seal, unseal } from "./seal";

const place = { purpose: "server-secret", orgId: "org_a", rowId: "srv_a" };

afterEach(() => {
  delete process.env.GATEHOUSE_SECRET;
  delete process.env.GATEHOUSE_SECRET_PREVIOUS;
  restart();
});

function restart() {
  forget("env");
  forget("master-keys");
}

test("what was sealed opens in its own place, and twice sealed differs", () => {
  const sealed = seal("Bearer abc", place);
  expect(unseal(sealed, place)).toBe("Bearer abc");
  expect(seal("Bearer abc", place)).not.toBe(sealed);
  expect(sealed).not.toContain("abc");
});

test.each([
  ["another organization", { ...place, orgId: "org_b" }],
  ["another row", { ...place, rowId: "srv_b" }],
  ["another purpose", { ...place, purpose: "grant" }],
])("CR-03: a ciphertext moved to %s does not open", (_name, other) => {
  expect(() => unseal(seal("Bearer abc", place), other)).toThrow();
});

test("a flipped bit is noticed", () => {
  const sealed = seal("Bearer abc", place);
  const flipped = `${sealed.slice(0, -2)}${sealed.at(-2) === "A" ? "B" : "A"}${sealed.at(-1)}`;
  expect(() => unseal(flipped, place)).toThrow();
});

test("CR-04: a rotated key still opens what it sealed, and is named when it is gone", () => {
  process.env.GATEHOUSE_SECRET = "first-a7Qm4kZ0bX9vN2tR8yLw3cHs6dGf1j";
  restart();
  const sealed = seal("Bearer abc", place);
  process.env.GATEHOUSE_SECRET = "second-P5uE1oT7iK3rW9aM6zQ8xV2nB4hJ0g";
  restart();
  expect(() => unseal(sealed, place)).toThrow(/not configured/);
  process.env.GATEHOUSE_SECRET_PREVIOUS = "first-a7Qm4kZ0bX9vN2tR8yLw3cHs6dGf1j";
  restart();
  expect(unseal(sealed, place)).toBe("Bearer abc");
});

test("CR-01: the generated master key is readable by its owner only", () => {
  seal("x", place);
  expect(statSync(join(env().DATA_DIR, "secret")).mode & 0o777).toBe(0o600);
});
