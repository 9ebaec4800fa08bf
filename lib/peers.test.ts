import { expect, test } from "vitest";
import { newToken } from "./ids";
import { Peers } from "./peers";

function oneOf(place: number, places: number): Peers {
  const peers = new Peers();
  peers.join(place, places, `/s/${place + 1}.sock`);
  peers.living = Array.from({ length: places }, (_, i) => `/s/${i + 1}.sock`);
  return peers;
}

test("every process finds the same place for a session, and it is the one where the session began", () => {
  const all = [0, 1, 2].map((place) => oneOf(place, 3));
  for (const peers of all) {
    const token = peers.ownToken(() => newToken("ghm"));
    expect(all.map((other) => other.placeOf(token))).toEqual(Array(3).fill(peers.place));
  }
  expect(new Set(Array.from({ length: 200 }, () => all[0]?.placeOf(newToken("ghm"))))).toEqual(new Set([0, 1, 2]));
});

test("what waits in one process is sent there by every other, as long as it lives", () => {
  const [one, two] = [oneOf(0, 2), oneOf(1, 2)];
  const state = two.marked("sealed~with a tilde");
  expect(one.readMark(state)).toEqual({ state: "sealed~with a tilde", elsewhere: "/s/2.sock" });
  expect(two.readMark(state)).toEqual({ state: "sealed~with a tilde", elsewhere: null });
  one.living = ["/s/1.sock", "/s/3.sock"];
  expect(one.readMark(state)).toEqual({ state: "sealed~with a tilde", elsewhere: null });
});

test("a process by itself marks nothing, tells nobody, and owns every session", () => {
  const alone = new Peers();
  expect([alone.marked("sealed"), alone.placeOf("any"), alone.readMark("7~x")]).toEqual(["sealed", 0, { state: "x", elsewhere: null }]);
  alone.tell({ kind: "narrowed", grantId: "gnt" });
});
