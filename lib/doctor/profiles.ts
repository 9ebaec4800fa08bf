/** How one app connects, as far as it matters to a portal. What all do alike is in the replay. */
export type ClientProfile = {
  id: ClientId;
  name: string;
  /** `cloud`: its vendor's servers ask, so the portal must be reachable from the internet. `computer`: the person's own machine does. */
  from: "cloud" | "computer";
  userAgent: string;
  /** The metadata document by which it is known where that is offered; null when it registers anyway. */
  document: string | null;
  /** What it sends to be registered, beside its name. */
  registration: { redirect_uris: string[]; application_type?: "web" | "native"; scope?: string };
  /** Where it wants the code. */
  redirectUri: string;
  /** Which scopes it asks for: those of the challenge, all that are offered, or it names none. */
  scopes: "challenge" | "offered" | "none";
  opens: "initialize" | "server/discover";
  /** Parts of it run in a page of another origin. */
  needsCors?: true;
};

export const clientIds = ["claude", "claude-code", "chatgpt", "cursor", "vscode", "inspector"] as const;
export type ClientId = (typeof clientIds)[number];

const claudeCallbacks = ["https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback"];
const cursorCallbacks = ["cursor://anysphere.cursor-mcp/oauth/callback", "http://localhost:8787/callback", "https://www.cursor.com/agents/mcp/oauth/callback"];
const codeCallbacks = ["http://127.0.0.1:33418/", "http://127.0.0.1/", "https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"];

/** As seen on the wire where the client runs offline, otherwise as its vendor and its users' reports describe it. */
export const profiles: readonly ClientProfile[] = [
  {
    id: "claude",
    name: "Claude",
    from: "cloud",
    userAgent: "Claude-User",
    document: "https://claude.ai/oauth/mcp-oauth-client-metadata",
    registration: { redirect_uris: claudeCallbacks },
    redirectUri: "https://claude.ai/api/mcp/auth_callback",
    scopes: "challenge",
    opens: "initialize",
  },
  {
    id: "claude-code",
    name: "Claude Code",
    from: "computer",
    userAgent: "claude-code/2.1",
    document: "https://claude.ai/oauth/claude-code-client-metadata",
    registration: { redirect_uris: ["http://localhost:3118/callback"], scope: "mcp" },
    redirectUri: "http://localhost:3118/callback",
    scopes: "challenge",
    opens: "initialize",
  },
  {
    id: "chatgpt",
    name: "ChatGPT",
    from: "cloud",
    userAgent: "ChatGPT-User",
    document: null,
    registration: { redirect_uris: ["https://chatgpt.com/connector/oauth/gatehouse-doctor"] },
    redirectUri: "https://chatgpt.com/connector/oauth/gatehouse-doctor",
    scopes: "challenge",
    opens: "initialize",
  },
  {
    id: "cursor",
    name: "Cursor",
    from: "computer",
    userAgent: "Cursor",
    document: null,
    registration: { redirect_uris: cursorCallbacks, application_type: "web" },
    redirectUri: "cursor://anysphere.cursor-mcp/oauth/callback",
    scopes: "offered",
    opens: "initialize",
  },
  {
    id: "vscode",
    name: "VS Code",
    from: "computer",
    userAgent: "Visual Studio Code",
    document: null,
    registration: { redirect_uris: codeCallbacks, application_type: "native" },
    redirectUri: "http://127.0.0.1:33418/",
    scopes: "challenge",
    opens: "initialize",
  },
  {
    id: "inspector",
    name: "MCP Inspector",
    from: "computer",
    userAgent: "mcp-inspector",
    document: null,
    registration: { redirect_uris: ["http://127.0.0.1:6276/oauth/callback"] },
    redirectUri: "http://127.0.0.1:6276/oauth/callback",
    scopes: "none",
    opens: "server/discover",
    needsCors: true,
  },
];
