/** A client that many organizations know, by the addresses its vendor documents. */
export type Vendor = {
  id: "claude" | "chatgpt" | "cursor" | "vscode" | "loopback";
  name: string;
  words: string;
  /** Complete addresses; `https` ones that end in `/` are prefixes, loopback ones without a port stand for any port. */
  redirects: readonly string[];
};

export const vendors: readonly Vendor[] = [
  {
    id: "claude",
    name: "Claude",
    words: "claude.ai and claude.com, on the web, desktop and phone.",
    redirects: ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"],
  },
  {
    id: "chatgpt",
    name: "ChatGPT",
    words: "chatgpt.com, with an address of its own for each connector.",
    redirects: ["https://chatgpt.com/connector/oauth/", "https://chatgpt.com/connector_platform_oauth_redirect"],
  },
  {
    id: "cursor",
    name: "Cursor",
    words: "The editor, its sign-in on localhost port 8787, and cursor.com agents.",
    redirects: ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"],
  },
  {
    id: "vscode",
    name: "VS Code",
    words: "The editor, vscode.dev, and the Insiders of both.",
    redirects: [
      "http://127.0.0.1/",
      "https://vscode.dev/redirect",
      "https://insiders.vscode.dev/redirect",
      "vscode://vscode.github-authentication/did-authenticate",
      "vscode-insiders://vscode.github-authentication/did-authenticate",
    ],
  },
  {
    id: "loopback",
    name: "Apps on the person’s own machine",
    words: "Claude Code, Codex, Inspector, mcp-remote and others: localhost, any port. Any program there can use it.",
    redirects: [],
  },
];

export const vendorIds = ["claude", "chatgpt", "cursor", "vscode", "loopback"] as const satisfies Vendor["id"][];
