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

// biome-ignore format: a table reads best as a table
test.each([
  ["no id",                                  "data: a\n\n",                         null,  null],
  ["the last id and retry",                  "id: 1\ndata: a\n\nid: 2\nretry: 50\ndata: b\n\n", "2", 50],
  ["an id without data",                     "id: 3\nretry: 0\n\n",                "3",   0],
  ["an event without id keeps the last one", "id: 4\ndata: a\n\ndata: b\n\n",     "4",   null],
  ["an unfinished event's id does not count", "id: 5\ndata: a\n\nid: 6\ndata: b\n", "5", null],
  ["an id that cannot be a header is none",  "id: ä\ndata: a\n\n",                 null,  null],
  ["a retry that is no number is none",      "retry: 1e3\nretry: -1\ndata: a\n\n", null, null],
])("where to go on: %s", (_name, text, lastEventId, retryMs) => {
  const reader = new SseReader(100);
  reader.push(Buffer.from(text));
  expect([reader.lastEventId, reader.retryMs]).toEqual([lastEventId, retryMs]);
});

test.each([["x".repeat(101)], [`data: ${"x".repeat(101)}\n`], ["data: xxxxxxxxxx\n".repeat(11)]])("an event without end is refused", (text) => {
  expect(() => read(text)).toThrow();
});
