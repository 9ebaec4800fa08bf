import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipped, takesGzip } from "./gzip";

const large = Buffer.from(
  JSON.stringify(Array.from({ length: 4_000 }, (_, i) => ({ name: `tool_${i}`, description: "Searches what the caller may see. ".repeat(3) }))),
);

test.each([
  ["a kept piece between two short ones", ['{"id":1,"result":{', large, ',"ttlMs":0}}']],
  ["umlauts and an id of many characters around it", [`{"id":"${"ä".repeat(300)}","result":{`, large, "}}"]],
  ["what cannot be compressed", ["<", randomBytes(100_000), ">"]],
  ["two kept pieces, and a middle that needs two blocks less one byte", [large, "x".repeat(32_767), large]],
  ["an empty beginning", ["", large]],
])("%s is one gzip member that any reader opens", (_, body) => {
  const made = gzipped(body);
  expect(gunzipSync(Buffer.concat(made ?? [])).equals(Buffer.concat(body.map((piece) => Buffer.from(piece))))).toBe(true);
  // The second time from what was kept.
  expect(Buffer.concat(gzipped(body) ?? []).equals(Buffer.concat(made ?? []))).toBe(true);
});

test("a list is much smaller then", () => expect(Buffer.concat(gzipped(["{", large, "}"]) ?? []).length).toBeLessThan(large.length / 5));

test("small bodies are left alone", () => {
  expect(gzipped("x".repeat(100_000))).toBeNull();
  expect(gzipped(["a", Buffer.alloc(1_000)])).toBeNull();
});

test.each([
  ["gzip", true],
  ["br, GZIP;q=0.5", true],
  ["deflate, x-gzip", true],
  ["gzip;q=1.0, *;q=0", true],
  ["gzip;q=0", false],
  ["gzip; q=0.000, br", false],
  ["br, deflate", false],
  ["", false],
  [undefined, false],
])("Accept-Encoding %s", (accepted, expected) => expect(takesGzip(accepted)).toBe(expected));
