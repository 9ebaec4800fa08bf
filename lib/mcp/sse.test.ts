import { expect, test } from "vitest";
import { SseReader } from "./sse";

const read = (...chunks: string[]) => {
  const reader = new SseReader(100);
  return chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)));
};

// biome-ignore format: a table reads best as a table
test.each([
  ["one event", ["data: a\n\n"], [["message", "a"]]],
  ["CRLF, cut between CR and LF", ["data: a\r", "\n\r", "\ndata: b\r\n\r\n"], [["message", "a"], ["message", "b"]]],
  ["CR alone", ["data: a\r\rdata: b\r\r\n"], [["message", "a"], ["message", "b"]]],
  ["cut anywhere", ["da", "ta:", " a", "b\n", "\n"], [["message", "ab"]]],
  ["several data lines", ["event: endpoint\ndata: a\ndata:b\n\n"], [["endpoint", "a\nb"]]],
  ["comments, ids and unknown fields", [": hi\nid: 1\nretry: 5\nx: y\ndata\n\n"], [["message", ""]]],
  ["a byte order mark", ["\uFEFFdata: a\n\n"], [["message", "a"]]],
  ["no data, no event", ["event: x\n\n"], []],
  ["an unfinished event", ["data: a\n"], []],
])("%s", (_name, chunks, expected) => expect(read(...chunks).map(({ event, data }) => [event, data])).toEqual(expected));

test("a character cut in the middle survives", () => {
  const bytes = Buffer.from("data: ä\n\n");
  const reader = new SseReader(100);
  expect([...reader.push(bytes.subarray(0, 7)), ...reader.push(bytes.subarray(7))]).toEqual([{ event: "message", data: "ä" }]);
});

test.each([["x".repeat(101)], [`data: ${"x".repeat(101)}\n`], ["data: xxxxxxxxxx\n".repeat(11)]])("an event without end is refused", (text) => {
  expect(() => read(text)).toThrow();
});
