import { expect, test } from "vitest";
import { formOf } from "./form";

test.each([
  [[], { kind: "alone", dev: false, fastLane: true, pages: "here" }],
  [["--dev"], { kind: "alone", dev: true, fastLane: true, pages: "here" }],
  [["--mount=route"], { kind: "alone", dev: false, fastLane: false, pages: "here" }],
  [["--no-pages"], { kind: "alone", dev: false, fastLane: true, pages: "none" }],
  [["--lane"], { kind: "supervisor", instances: 1, pages: "elsewhere" }],
  [["--instances", "3"], { kind: "supervisor", instances: 3, pages: "here" }],
  [["--instances=2", "--no-pages"], { kind: "supervisor", instances: 2, pages: "none" }],
  [["--lane", "--instances", "4"], { kind: "supervisor", instances: 4, pages: "elsewhere" }],
  [
    ["--as-instance", "--socket=/s/1.sock", "--place=1", "--places=2", "--lane"],
    { kind: "instance", place: 1, places: 2, socket: "/s/1.sock", pages: "elsewhere", isFirst: false },
  ],
  [["--as-pages", "--socket=/s/2.sock"], { kind: "pages", socket: "/s/2.sock" }],
])("%j is %j", (args, form) => expect(formOf(args, true)).toEqual(form));

test.each([
  [["--instances", "0"], /from 1 to 64/],
  [["--instances"], /from 1 to 64/],
  [["--instances", "two"], /from 1 to 64/],
  [["--instances", "2", "--dev"], /built product/],
  [["--lane", "--mount=route"], /fast lane/],
  [["--lane", "--no-pages"], /--no-pages has none/],
])("%j is refused", (args, words) => expect(() => formOf(args, true)).toThrow(words));

test.each([[["--lane"]], [["--instances", "2"]]])("%j needs a PostgreSQL, and says so in one sentence", (args) => {
  expect(() => formOf(args, false)).toThrow(/^several processes cannot share the embedded database; set DATABASE_URL/);
});
