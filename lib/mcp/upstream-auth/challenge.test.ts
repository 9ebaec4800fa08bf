import { expect, test } from "vitest";
import { readChallenge } from "./challenge";

const url = "https://acme.test/.well-known/oauth-protected-resource/mcp";
const none = { resourceMetadata: null, scopes: [], error: null };

test.each([
  [`Bearer resource_metadata="${url}"`, { ...none, resourceMetadata: url }],
  [`Bearer error="invalid_token", resource_metadata="${url}", scope="a b"`, { resourceMetadata: url, scopes: ["a", "b"], error: "invalid_token" }],
  [`bearer scope=read,error=insufficient_scope`, { ...none, scopes: ["read"], error: "insufficient_scope" }],
  [`Bearer resource_metadata=${url}`, { ...none, resourceMetadata: url }],
  [`Basic realm="x", Bearer realm="a, Bearer error=\\"fake\\"", error="invalid_token"`, { ...none, error: "invalid_token" }],
  [`Negotiate abc==, Bearer scope="a"`, { ...none, scopes: ["a"] }],
  [`Bearer error="one", error="two"`, { ...none, error: "one" }],
  ["Bearer", none],
  ["Basic realm=x", null],
  ["", null],
  [null, null],
  [`Bearer scope="${"a".repeat(5_000)}"`, null],
  ["Bearer \u0000\u0001=", none],
])("`%s`", (header, expected) => {
  expect(readChallenge(header)).toEqual(expected);
});
