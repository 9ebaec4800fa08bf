import { expect, test } from "vitest";
import { idAt, isId, newId } from "./ids";

test("ids are well formed, unique, and sort by creation within a process", () => {
  const ids = Array.from({ length: 5_000 }, () => newId("cal"));
  expect(ids.every(isId)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

test("the id of a moment stands before every id made then and after those before it", () => {
  const id = newId("cal");
  expect(idAt("cal", new Date(Date.now() - 10_000)) < id).toBe(true);
  expect(idAt("cal", new Date(Date.now() + 10_000)) > id).toBe(true);
});
