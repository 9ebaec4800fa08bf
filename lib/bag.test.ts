import { expect, test } from "vitest";
import { Bag } from "./bag";

test("a bag has what was added and not deleted, in order, however it changes while it is looked through", () => {
  const bag = new Bag<string>();
  for (const one of ["a", "b", "c", "d"]) bag.add(one);
  bag.delete("b");
  bag.delete("nothing");
  const seen: string[] = [];
  for (const one of bag) {
    seen.push(one);
    bag.delete(one);
    bag.add(`${one}'`);
  }
  expect(seen).toEqual(["a", "c", "d"]);
  expect([[...bag], bag.size]).toEqual([["a'", "c'", "d'"], 3]);
});
