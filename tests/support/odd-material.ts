import type { RawRequest, RawResult } from "./raw-upstream";

// Everything that a parser, a schema or a second serialisation would change: unknown members at every level, numbers beyond 2^53,
// `1.0` and `1e3`, keys that look like indices, escapes, odd white space, unknown kinds of content, `_meta` and icons of every kind.
const { raw } = String;

const icons = raw`"icons":[{"src":"https://x.test/i.png","mimeType":"image/png","sizes":["48x48","any"],"theme":"dark","x-icon":1.0}, {"src":"data:image/svg+xml,a","theme":"sepia"}]`;
const meta = raw`"x/big":12345678901234567890,"x/float" : 1.0,"x/exp":1e3,"x/neg":-0,"io.example/nested":{"z":1,"a":[ 1.50, null ],"10":1,"2":2},"ui":{"resourceUri":"ui://app/main","csp":{"x":1.0}},"ui/resourceUri":"ui://app/main","openai/outputTemplate":"ui://app/main"`;
const annotations = raw`"annotations":{"audience":["user","assistant","x-other"],"priority":1.0,"lastModified":"2026-01-01T00:00:00Z","x-a":9007199254740993}`;
const uiMeta = raw`"_meta":{"ui":{"csp":{"connectDomains":["https:\/\/x.test"]},"prefersBorder":true},"x/f":2.0}`;

export const oddTools: Record<string, string> = {
  odd: raw`{ "x-first":null, "name":"odd", "title":"caf\u00e9 \/ \ud83d\ude00 \u2028", "description" : "Does odd things", "inputSchema":{"type":"object","properties":{"n":{"type":"integer","maximum":9007199254740993,"minimum":-1.0,"multipleOf":1e3},"10":{"const":1.50},"2":{"const":true}},"$defs":{"a":{"$ref":"https:\/\/x.test\/schema"}},"x-s":[ ]}, "outputSchema":{"anyOf":[{"type":"array"},{"type":"number"}]}, "annotations":{"readOnlyHint":true,"x-vendor":{"deep":[1.0]}}, ${icons}, "execution":{"taskSupport":"optional","x":1.0}, "_meta":{${meta}}, "x-root":{"b":1,"a":2.0} }`,
  array: raw`{"name":"array","inputSchema":{"type":"object"}}`,
  number: raw`{"name":"number","inputSchema":{"type":"object"}}`,
  text: raw`{"name":"text","inputSchema":{"type":"object"}}`,
  nothing: raw`{"name":"nothing","inputSchema":{"type":"object"}}`,
  failing: raw`{"name":"failing","inputSchema":{"type":"object"}}`,
};
export const oddPrompt = raw`{"name":"odd","arguments":[{"name":"a","required":true,"x-arg":1.0}],${icons},"_meta":{${meta}},"x-prompt":1e3}`;
export const oddResource = raw`{"uri":"ui://app/main","name":"main","mimeType":"text/html;profile=mcp-app","size":12345678901234567890,${annotations},${icons},${uiMeta},"x-resource":1.0}`;
export const oddTemplate = raw`{"uriTemplate":"notes://{id}{?q}","name":"notes",${annotations},${icons},"_meta":{${meta}},"x-template":1.0}`;

const content = [
  raw`{"type":"text","text":"tab\tquote\" \u00e9 \ud83d\ude00 <\/script>",${annotations},"_meta":{${meta}},"x-block":1.0}`,
  raw`{"type":"hologram","frames":[ 1.0, 2.50 ],"of":{"uri":"ui://app/main"},"big":-98765432109876543210}`,
  raw`{"type":"image","data":"AAAA","mimeType":"image/png",${annotations}}`,
  raw`{"type":"resource_link","uri":"ui://app/main","name":"main","size":1.0,${icons},"_meta":{${meta}},"x":{}}`,
  raw`{"type":"resource","resource":{"uri":"notes://7?q=a%20b","text":"x","x-inner":1.0,${uiMeta}},${annotations}}`,
  raw`{"noType":true}`,
];

const structured: Record<string, string> = {
  odd: raw`{"b":1.0,"a":12345678901234567890,"nested":{"10":[ ],"2":{ }},"\u0061b":1}`,
  array: raw`[ 1.0, {"a":9007199254740993}, "\u00e9" ]`,
  number: "1.0",
  text: raw`"\u00e9"`,
  nothing: "null",
};

/** What the odd server answers to each method. */
export function oddAnswer({ method, params }: RawRequest): RawResult {
  const name = String(params.name);
  if (method === "tools/call") {
    const isError = name === "failing";
    const inner = structured[name];
    return {
      members: [
        `"content":[ ${content.join(" ,")} ]`,
        ...(inner === undefined ? [] : [`"structuredContent" : ${inner}`]),
        `"isError":${isError}`,
        '"x-result":{"z":1.0,"a":1e3}',
      ],
      meta,
    };
  }
  if (method === "prompts/get") {
    const messages = content.map((block) => `{"role":"user","content":${block},"x-message":1.0}`);
    return { members: [raw`"description":"\u00e9"`, `"messages":[${messages.join()}]`, '"x-result":1.0'], meta };
  }
  if (method === "resources/read") {
    return {
      members: [
        raw`"contents":[{"uri":"ui://app/main","mimeType":"text/html;profile=mcp-app","text":"<b>\u00e9<\/b>",${uiMeta},"x-content":1.0},{"uri":"x:1","blob":"AA==","x":1e3}]`,
        '"x-result":1.0',
      ],
      meta,
    };
  }
  return { members: ['"completion":{"values":["a"],"total":12345678901234567890,"x-completion":1.0}', '"x-result":1.0'] };
}
