import { describe, expect, test } from "vitest";
import { ResultScan } from "./result-scan";

const holds = new Set(["resultType", "_meta"]);
const scanOf = () => new ResultScan(holds, (outer) => outer.get("id") === "7");

/** The result that a reader of the pieces puts together, with what was held back. */
function scanned(bytes: Buffer, cuts: readonly number[]) {
  const scan = scanOf();
  const pieces: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    for (const piece of scan.push(bytes.subarray(from, cut))) pieces.push(Buffer.from(piece));
    from = cut;
  }
  return { scan, passed: Buffer.concat(pieces).toString("utf8") };
}

const oddResults: Record<string, string> = {
  empty: "{}",
  plain: '{"content":[{"type":"text","text":"a"}]}',
  "strings that look like structure": String.raw`{"a":"}],\"","b\"":["\\","\\\"{"],"c":"\\\\"}`,
  "numbers and words beside braces": '{"a":1.0,"b":-1e3,"c":true,"d":null}',
  "white space everywhere": '{ "a" : [ 1 , { "b" : "x" } ] ,\n\t"c" : 2 }',
  "letters of several bytes": '{"käse":"日本語 🙂","_meta":{"é":"🙂"}}',
  "held members first, between and last": '{"resultType":"complete","a":1,"_meta":{"x":[1,{"y":"}"}]},"b":2,"resultType":"complete"}',
  "only held members": '{"resultType":"complete","_meta":{}}',
  "an escaped name": String.raw`{"result\u0054ype":"complete","a":1}`,
};

describe("a result that arrives in pieces", () => {
  test.each(Object.entries(oddResults))("is passed on whole, wherever it is cut: %s", (_, result) => {
    const bytes = Buffer.from(`{"jsonrpc":"2.0","id":7,"result":${result}}`);
    const parsed = JSON.parse(result) as Record<string, unknown>;
    for (let cut = 1; cut < bytes.length; cut++) {
      for (const cuts of [[cut], [cut, Math.min(cut + 1, bytes.length)]]) {
        const { scan, passed } = scanned(bytes, cuts);
        expect(scan.isComplete).toBe(true);
        const held = Object.fromEntries([...scan.held].map(([key, text]) => [key, JSON.parse(text)]));
        expect({ ...JSON.parse(`{${passed}}`), ...held }).toEqual(parsed);
        for (const key of holds) expect(Object.keys(JSON.parse(`{${passed}}`))).not.toContain(key);
      }
    }
  });

  test("one byte at a time, with values to the byte", () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":7,"result":{"a":[1.0, 1e3,"\\u00e9"],"b":{ "x":1.10 }}}');
    expect(scanned(bytes, [...bytes.keys()].slice(1)).passed).toBe('"a":[1.0, 1e3,"\\u00e9"],"b":{ "x":1.10 }');
  });

  test("`isError` is seen and passed on", () => {
    const { scan, passed } = scanned(Buffer.from('{"id":7,"jsonrpc":"2.0","result":{"content":[],"isError" : true}}'), [40]);
    expect([scan.isError, passed]).toEqual([true, '"content":[],"isError":true']);
  });
});

describe("what cannot be passed on in pieces", () => {
  test.each([
    ["another request's id", '{"jsonrpc":"2.0","id":8,"result":{}}'],
    ["an id behind the result", '{"jsonrpc":"2.0","result":{},"id":7}'],
    ["an error", '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":""}}'],
    ["a result that is no object", '{"jsonrpc":"2.0","id":7,"result":[]}'],
    ["no object at all", "[]"],
  ])("%s is unfit before anything has gone out", (_, text) => {
    const { scan, passed } = scanned(Buffer.from(text), []);
    expect([scan.state, passed]).toEqual(["unfit", ""]);
  });

  test.each([
    ["a second result", '{"id":7,"result":{},"result":{}}'],
    ["an error beside it", '{"id":7,"result":{},"error":{}}'],
    ["something behind the end", '{"id":7,"result":{}}x'],
    ["a name without quotes", '{"id":7,"result":{a:1}}'],
  ])("%s breaks it", (_, text) => expect(scanned(Buffer.from(text), []).scan.state).toBe("broken"));

  test.each(['{"id":7,"result":{"a":"', '{"id":7,"result":{"a":1}', '{"id":7,"result":{"a":[1,2'])("an end that comes too early is no end: %s", (text) =>
    expect(scanned(Buffer.from(text), []).scan.isComplete).toBe(false),
  );
});
