import { expect, test } from "vitest";
import { formOf } from "./form";

test.each([
  [[], { kind: "alone", dev: false, fastLane: true, pages: "here" }],
  [["--one-process"], { kind: "alone", dev: false, fastLane: true, pages: "here" }],
  [["--dev"], { kind: "alone", dev: true, fastLane: true, pages: "here" }],
  [["--mount=route"], { kind: "alone", dev: false, fastLane: false, pages: "here" }],
  [["--no-pages"], { kind: "alone", dev: false, fastLane: true, pages: "none" }],
  [["--lane"], { kind: "supervisor", instances: 1, pages: "elsewhere", isEmbedded: false }],
  [["--instances", "3"], { kind: "supervisor", instances: 3, pages: "here", isEmbedded: false }],
  [["--instances=2", "--no-pages"], { kind: "supervisor", instances: 2, pages: "none", isEmbedded: false }],
  [["--lane", "--instances", "4"], { kind: "supervisor", instances: 4, pages: "elsewhere", isEmbedded: false }],
  [
    ["--as-instance", "--socket=/s/1.sock", "--place=1", "--places=2", "--lane"],
    { kind: "instance", place: 1, places: 2, socket: "/s/1.sock", pages: "elsewhere", isFirst: false },
  ],
  [
    ["--as-instance", "--socket=/s/1.sock", "--place=0", "--places=1", "--lane", "--share=/s"],
    { kind: "instance", place: 0, places: 1, socket: "/s/1.sock", pages: "elsewhere", isFirst: false, share: { as: "host", directory: "/s" } },
  ],
  [["--as-pages", "--socket=/s/2.sock"], { kind: "pages", socket: "/s/2.sock" }],
  [["--as-pages", "--socket=/s/2.sock", "--share=/s"], { kind: "pages", socket: "/s/2.sock", share: { as: "guest", directory: "/s" } }],
])("%j is %j", (args, form) => expect(formOf(args, true)).toEqual(form));

test.each([
  [["--instances", "0"], /from 1 to 64/],
  [["--instances"], /from 1 to 64/],
  [["--instances", "two"], /from 1 to 64/],
  [["--instances", "2", "--dev"], /built product/],
  [["--lane", "--mount=route"], /fast lane/],
  [["--lane", "--no-pages"], /--no-pages has none/],
  [["--lane", "--one-process"], /which start several/],
  [["--instances=2", "--one-process"], /which start several/],
])("%j is refused", (args, words) => expect(() => formOf(args, true)).toThrow(words));

test("several instances need a PostgreSQL, and say so in one sentence; pages in a process of their own do not", () => {
  expect(() => formOf(["--instances", "2"], false)).toThrow(/^several instances cannot share the embedded database; set DATABASE_URL/);
  expect(() => formOf(["--lane", "--instances=2"], false)).toThrow(/^several instances cannot/);
  expect(formOf(["--lane"], false)).toEqual({ kind: "supervisor", instances: 1, pages: "elsewhere", isEmbedded: true });
});

test("on the embedded database pages have a process of their own unless one process is asked for", () => {
  expect(formOf([], false)).toEqual({ kind: "supervisor", instances: 1, pages: "elsewhere", isEmbedded: true });
  const one = [["--one-process"], ["--dev"], ["--mount=route"], ["--no-pages"]].map((args) => formOf(args, false).kind);
  expect(one).toEqual(["alone", "alone", "alone", "alone"]);
});
