import { describe, expect, test } from "vitest";
import type { JsonObject } from "@/drizzle/schema/servers";
import { keptText, roundedNumbers } from "./definition-text";
import { fingerprint } from "./fingerprint";

const parsed = (text: string) => JSON.parse(text) as JsonObject;
const kept = (text: string) => keptText(parsed(text), parsed(text), text);

describe("the text that is stored", () => {
  test.each([
    ["numbers", '{"name":"a","max":9007199254740993,"one":1.0,"exp":1e3}'],
    ["order, escapes and white space", '{ "2":1,"1" : 2, "b":"\\u00e9\\/" }'],
    ["keys that repeat in different objects", '{"a":{"x":1},"b":[{"x":1},{"x":"x\\":"}]}'],
  ])("is the server's own: %s", (_, text) => expect(kept(text)).toBe(text));

  test.each([
    ["keys that occur twice", '{"d":"first","d":"second"}', '{"d":"second"}'],
    ["also in other spellings, and further in", '{"p":[{"d":1,"\\u0064":2.0}]}', '{"p":[{"d":2}]}'],
    ["more bytes than a definition may have", `{${" ".repeat(70_000)}"a":1}`, '{"a":1}'],
  ])("is written anew where another reader could see something else: %s", (_, text, expected) => expect(kept(text)).toBe(expected));

  test("is written anew where the definition was repaired, or nobody kept the text", () => {
    expect(keptText({ d: "x\ufffd" }, { d: "x\0" }, '{"d":"x\\u0000"}')).toBe('{"d":"x\ufffd"}');
    expect(keptText({ a: 1 }, { a: 1 }, undefined)).toBe('{"a":1}');
  });
});

test("numbers that parsing would round are found, outside of strings", () => {
  const text =
    '{"a":9007199254740993,"b":0.30000000000000004,"c":1.0,"d":1e3,"e":"9007199254740993","f":-1e400,"g":1000000000000000000000,"h":[0.1234567890123456789]}';
  expect(roundedNumbers(text)).toEqual(["9007199254740993", "-1e400", "0.1234567890123456789"]);
});

describe("the fingerprint", () => {
  const of = (text: string) => fingerprint(parsed(text), text);
  test("sees a number change that a parser would not", () => expect(of('{"max":9007199254740993}')).not.toBe(of('{"max":9007199254740992}')));
  test.each([
    ["order of keys", '{"a":1,"b":2}', '{ "b":2, "a":1 }'],
    ["spelling of numbers", '{"a":1.0}', '{"a":1}'],
    ["escapes", '{"a":"\\u00e9"}', '{"a":"é"}'],
  ])("does not mind the %s", (_, one, other) => expect(of(one)).toBe(of(other)));
});
