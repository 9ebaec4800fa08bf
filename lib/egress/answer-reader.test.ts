import { describe, expect, test } from "vitest";
import { AnswerReader } from "./answer-reader";

type Heard = { status: number; headers: Record<string, string>; body: string; isKept: boolean | null };

function reading(headBytesMax = 1_000) {
  const heard: Heard = { status: 0, headers: {}, body: "", isKept: null };
  const reader = new AnswerReader(
    {
      head: (status, headers) => Object.assign(heard, { status, headers }),
      data: (chunk) => {
        heard.body += chunk.toString("latin1");
      },
      end: (isKept) => {
        heard.isKept = isKept;
      },
    },
    headBytesMax,
  );
  return { reader, heard };
}

function whole(text: string): Heard {
  const { reader, heard } = reading();
  reader.push(Buffer.from(text, "latin1"));
  return heard;
}

const ok = "HTTP/1.1 200 OK\r\n";

describe("how an answer is framed", () => {
  // biome-ignore format: a table reads best as a table
  test.each([
    ["by its length",                  `${ok}Content-Length: 5\r\n\r\nhello`,                                        "hello",   true],
    ["an empty one",                   `${ok}content-length: 0\r\n\r\n`,                                             "",        true],
    ["by chunks",                      `${ok}transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=1\r\nlo\r\n0\r\n\r\n`, "hello",   true],
    ["with trailers, which are dropped", `${ok}transfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\nx-a: b\r\n\r\n`,  "hello",   true],
    ["without a body by its status",   "HTTP/1.1 204 No Content\r\n\r\n",                                            "",        true],
    ["after an early hint",            `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok}content-length: 2\r\n\r\nhi`, "hi",      true],
    ["by a server that hangs up",      `${ok}connection: close\r\ncontent-length: 2\r\n\r\nhi`,                      "hi",      false],
    ["by a server of HTTP/1.0",        "HTTP/1.0 200\r\ncontent-length: 2\r\n\r\nhi",                                "hi",      false],
  ])("%s, in one piece and byte by byte", (_name, text, body, isKept) => {
    expect(whole(text)).toMatchObject({ body, isKept });
    const { reader, heard } = reading();
    for (const byte of Buffer.from(text, "latin1")) reader.push(Buffer.from([byte]));
    expect(heard).toMatchObject({ body, isKept });
    expect(reader.close()).toBe(true);
  });

  test("by the end of the connection", () => {
    const { reader, heard } = reading();
    reader.push(Buffer.from(`${ok}\r\nall there is`));
    expect(heard).toMatchObject({ body: "all there is", isKept: null });
    expect(reader.close()).toBe(true);
    expect(heard.isKept).toBe(false);
  });

  test("an end in the middle is none", () => {
    for (const text of ["", "HTTP/1.1 2", `${ok}content-length: 5\r\n\r\nhell`, `${ok}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`]) {
      const { reader } = reading();
      reader.push(Buffer.from(text));
      expect(reader.close(), text).toBe(false);
    }
  });

  test("headers are joined by name", () => {
    expect(whole(`${ok}X-A: 1\r\nx-a:2 \r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n`).headers).toMatchObject({ "x-a": "1, 2", "set-cookie": "a=b" });
  });
});

describe("what could be read in two ways is refused", () => {
  // biome-ignore format: a table reads best as a table
  test.each([
    ["no HTTP",                         "ICY 200 OK\r\n\r\n"],
    ["another HTTP",                    "HTTP/2 200\r\n\r\n"],
    ["a switch of protocols",           "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n"],
    ["a length and chunks",             `${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["two lengths",                     `${ok}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`],
    ["a length with a sign",            `${ok}content-length: +5\r\n\r\nhello`],
    ["an unknown coding",               `${ok}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["chunks in HTTP/1.0",              "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a folded header",                 `${ok}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`],
    ["a space before the colon",        `${ok}content-length : 0\r\n\r\n`],
    ["a line break without its return", `${ok}x-a: b\ncontent-length: 9\r\ncontent-length: 0\r\n\r\n`],
    ["a header with NUL",               `${ok}x-a: b\0\r\ncontent-length: 0\r\n\r\n`],
    ["a chunk that says too little",    `${ok}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`],
    ["a size that is no number",        `${ok}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`],
    ["more than was announced",         `${ok}content-length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n\r\n`],
  ])("%s", (_name, text) => expect(() => whole(text)).toThrow(/not valid HTTP/));

  test("a head that does not end, and trailers that do not", () => {
    expect(() => whole(`${ok}x-a: ${"b".repeat(1_100)}`)).toThrow(/too large/);
    expect(() => whole(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n${"x-a: b\r\n".repeat(200)}\r\n`)).toThrow(/too large/);
    expect(() => whole(`${ok}transfer-encoding: chunked\r\n\r\n1${" ".repeat(9_000)}`)).toThrow(/does not end/);
  });
});
