const salt = Math.random().toString(36).slice(2, 8);
const padding = Buffer.alloc(10_485_760, "x");
let last = 0;

/** One `tools/call` of echo with a text never sent before. "ok", "wrong", or what else came of it. */
export async function call(caller, tool, size = 0) {
  const message = `m-${salt}-${++last}`;
  const { id, status, head, body } = await caller.ask(
    "tools/call",
    `{"name":"${tool}","arguments":{"message":"${message}"${size ? `,"size":${size}` : ""}}}`,
    tool,
  );
  if (status !== 200) return refusal(status, head);
  if (size > 4_096) return holds(body, id, message, size) ? "ok" : "wrong";
  const { id: answered, result } = JSON.parse(isStream(head) ? lastEvent(body) : body);
  return answered === id && result?.content?.[0]?.text === message ? "ok" : "wrong";
}

// The text and all its padding, without decoding what is large.
function holds(body, id, message, size) {
  const at = body.indexOf(message);
  const from = at + message.length;
  const rest = size - message.length;
  if (at < 0 || !body.subarray(0, at).includes(`"id":${id}`) || body.length < from + rest) return false;
  return body.compare(padding, 0, rest, from, from + rest) === 0 && body[from + rest] === 34;
}

const refusal = (status, head) =>
  status === 429 || status === 503 ? `HTTP ${status}${/\r\nretry-after:/i.test(head) ? "" : " without Retry-After"}` : `HTTP ${status}`;
const isStream = (head) => /\r\ncontent-type: *text\/event-stream/i.test(head);
const lastEvent = (body) =>
  body
    .toString()
    .trim()
    .split("\n")
    .findLast((line) => line.startsWith("data:"))
    .slice(5);

/** One `tools/list`. The first is read in full and must have so many tools; each later one must have the same bytes, but for the id. */
export async function list(caller, expected) {
  const { id, status, head, body } = await caller.ask("tools/list", "{}");
  if (status !== 200) return refusal(status, head);
  const { endpoint } = caller;
  const known = endpoint.known;
  if (!known) {
    const { id: answered, result } = JSON.parse(isStream(head) ? lastEvent(body) : body);
    if (answered !== id || result?.tools?.length !== expected) return "wrong";
    endpoint.known = { body, at: body.indexOf(String(id)) };
    return "ok";
  }
  const digits = String(id);
  const after = known.at + digits.length;
  const isSame =
    body.length === known.body.length &&
    body.latin1Slice(known.at, after) === digits &&
    body.compare(known.body, 0, known.at, 0, known.at) === 0 &&
    body.compare(known.body, after, body.length, after, body.length) === 0;
  return isSame ? "ok" : "wrong";
}
