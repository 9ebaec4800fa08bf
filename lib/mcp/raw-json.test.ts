import { expect, test } from "vitest";
import { rawElements, rawMember, rawMembers, rawReplaced } from "./raw-json";

test("a value is cut out as it was written", () => {
  const result = '{ "big": 12345678901234567890, "one": 1.0,\n"text":"a \\"}{\\" b\\\\", "nested": {"a":[1, {"b":"]"}], "a": 2} }';
  const text = `{"jsonrpc":"2.0","id":7, "result" : ${result} }`;
  expect(rawMember(text, "result")).toBe(result);
  expect(rawMember(result, "big")).toBe("12345678901234567890");
  expect(rawMember(result, "one")).toBe("1.0");
  expect(rawMember(result, "nested")).toBe('{"a":[1, {"b":"]"}], "a": 2}');
  expect(rawMember(result, "absent")).toBeUndefined();
});

test("of a key that occurs twice the last one counts, as for the parser, and an escaped spelling is the same key", () => {
  expect(rawMember('{"a":1,"\\u0061":2}', "a")).toBe("2");
});

test.each([
  ["{}", []],
  [' {"a":null}', ["a"]],
  ['{"a":"x","b":[],"c":-1e5,"d":true}', ["a", "b", "c", "d"]],
])("%s has the members %j", (text, keys) => {
  expect(rawMembers(text)?.map(({ key }) => key)).toEqual(keys);
});

test("elements are cut out as they were written", () => {
  const text = '[ 1.0 , {"a":[1]},"x,]" , [] ]';
  expect(rawElements(text)?.map(({ start, end }) => text.slice(start, end))).toEqual(["1.0", '{"a":[1]}', '"x,]"', "[]"]);
  expect(rawElements(" [ ] ")).toEqual([]);
});

test("a value is replaced where it stands, and every other byte stays", () => {
  const text = '{ "big": 12345678901234567890, "a": [ 1.0, {"u" : "x", "v":"x"} ], "u":"x" }';
  const edits = [
    { path: ["u"], value: 'b"c' },
    { path: ["a", 1, "u"], value: "y" },
  ];
  expect(rawReplaced(text, edits)).toBe('{ "big": 12345678901234567890, "a": [ 1.0, {"u" : "y", "v":"x"} ], "u":"b\\"c" }');
});

test("of a key that occurs twice the one that counts is replaced, and a path that leads nowhere changes nothing", () => {
  expect(rawReplaced('{"a":"x","\\u0061":"x"}', [{ path: ["a"], value: "y" }])).toBe('{"a":"x","\\u0061":"y"}');
  for (const path of [["b"], ["a", 0], [0]]) expect(rawReplaced('{"a":"x"}', [{ path, value: "y" }])).toBe('{"a":"x"}');
});

test.each(["[]", "1", '"x"', "null"])("%s is no object", (text) => {
  expect(rawMembers(text)).toBeNull();
});
