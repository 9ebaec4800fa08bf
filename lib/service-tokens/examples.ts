/** Fetches an access token for one portal, as `client_secret_basic`. Neither id nor secret holds anything that a shell or RFC 6749 would have encoded. */
export const tokenExample = ({ tokenEndpoint, id, secret }: { tokenEndpoint: string; id: string; secret: string }, portalUrl: string) =>
  lines(`curl -s -u '${id}:${secret}'`, "-d grant_type=client_credentials", `--data-urlencode 'resource=${portalUrl}'`, tokenEndpoint);

/** Asks a portal for its tools, with what the first answered as `access_token`. */
export const callExample = (portalUrl: string) =>
  lines(
    `curl -s '${portalUrl}'`,
    `-H "Authorization: Bearer $ACCESS_TOKEN"`,
    "-H 'Content-Type: application/json'",
    "-H 'Accept: application/json, text/event-stream'",
    "-H 'MCP-Protocol-Version: 2025-11-25'",
    `-d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`,
  );

const lines = (...parts: string[]) => parts.join(" \\\n  ");
