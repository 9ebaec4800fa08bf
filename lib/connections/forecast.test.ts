import { expect, test } from "vitest";
import { forecast } from "./forecast";

const now = new Date("2026-11-24T10:00:00Z");
const hour = (n: number) => new Date(now.getTime() + n * 3_600_000);

// biome-ignore format: a truth table reads best as a table
test.each([
  ["a key without an end",                      "active",    false, null,     { kind: "open" }],
  ["a token that is renewed",                   "active",    true,  hour(1),  { kind: "renews", expiresAt: hour(1) }],
  ["one that nobody has used for a while",      "active",    true,  hour(-1), { kind: "renews_at_use" }],
  ["a token that nothing renews",               "active",    false, hour(72), { kind: "ends", expiresAt: hour(72) }],
  ["the same, afterwards",                      "active",    false, hour(-1), { kind: "over" }],
  ["one that was refused, whatever its dates",  "reconnect", true,  hour(1),  { kind: "over" }],
] as const)("%s", (_, state, renews, expiresAt, expected) => {
  expect(forecast({ state, renews, expiresAt }, now)).toEqual(expected);
});
