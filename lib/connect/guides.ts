/** How a person connects one AI client to one portal: plain data, the same for the employee's page and the admin's tab. */
export type Guide = {
  id: ClientId;
  name: string;
  steps: Step[];
  /** The client's vendor calls the portal from its own cloud, so a loopback or private address cannot work. */
  needsPublicUrl: boolean;
};

export type Step = {
  text: string;
  /** Text to copy: a command, or the content of a file. */
  copy?: { label: string; value: string };
  /** Where the file lies, per operating system. */
  paths?: { system: string; path: string }[];
  /** A link that opens the client itself. */
  open?: { label: string; href: string };
};

export const clientIds = ["claude", "claude-code", "cursor", "vscode", "chatgpt", "codex", "windsurf", "other"] as const;
export type ClientId = (typeof clientIds)[number];

export const clientNames: Record<ClientId, string> = {
  claude: "Claude",
  "claude-code": "Claude Code",
  cursor: "Cursor",
  vscode: "VS Code",
  chatgpt: "ChatGPT",
  codex: "Codex",
  windsurf: "Windsurf",
  other: "Any client",
};

/** The client named in a URL; anything unknown is the first one. */
export const clientIdOf = (text: string | undefined): ClientId => clientIds.find((id) => id === text) ?? "claude";

export type GuideSubject = { url: string; portalName: string; portalSlug: string };

export function guideFor(id: ClientId, subject: GuideSubject): Guide {
  return { id, name: clientNames[id], needsPublicUrl: id === "claude" || id === "chatgpt", steps: steps[id](subject) };
}

const signIn = "Your browser opens. Sign in and allow the access; the tools appear in the client.";
const json = (value: unknown) => JSON.stringify(value, null, 2);
const remote = (url: string) => ["-y", "mcp-remote", url, ...(url.startsWith("http:") ? ["--allow-http"] : [])];

const steps: Record<ClientId, (subject: GuideSubject) => Step[]> = {
  claude: ({ url, portalName, portalSlug }) => [
    { text: "In Claude on the web or on your desktop, open Settings, then Connectors, and choose “Add custom connector”." },
    { text: `Name it ${portalName} and paste the URL.`, copy: { label: "URL", value: url } },
    { text: "Choose Add, then Connect. Sign in and allow the access; the tools appear under the + of every chat." },
    {
      text: "If Claude Desktop cannot reach this address from outside, let it connect from your own machine: add this to its configuration file and restart it (Node.js must be installed).",
      copy: { label: "claude_desktop_config.json", value: json({ mcpServers: { [portalSlug]: { command: "npx", args: remote(url) } } }) },
      paths: [
        { system: "macOS", path: "~/Library/Application Support/Claude/claude_desktop_config.json" },
        { system: "Windows", path: "%APPDATA%\\Claude\\claude_desktop_config.json" },
      ],
    },
  ],
  "claude-code": ({ url, portalSlug }) => [
    {
      text: "Run this in a terminal. With “--scope user” before the name it is there in all your projects.",
      copy: { label: "Command", value: `claude mcp add --transport http ${portalSlug} ${url}` },
    },
    { text: `Start claude, type /mcp, choose ${portalSlug} and Authenticate. ${signIn}` },
    {
      text: "Or share it with everyone who works on a project: put this file into it. Each person signs in for themselves.",
      copy: { label: ".mcp.json", value: json({ mcpServers: { [portalSlug]: { type: "http", url } } }) },
      paths: [{ system: "Every system", path: ".mcp.json in the project's folder" }],
    },
  ],
  cursor: ({ url, portalSlug }) => [
    { text: "Open this link; Cursor asks whether to install the server.", open: { label: "Add to Cursor", href: cursorLink(portalSlug, url) } },
    {
      text: "Or add it to Cursor's file yourself.",
      copy: { label: "mcp.json", value: json({ mcpServers: { [portalSlug]: { url } } }) },
      paths: [
        { system: "macOS, Linux", path: "~/.cursor/mcp.json" },
        { system: "Windows", path: "%USERPROFILE%\\.cursor\\mcp.json" },
      ],
    },
    { text: `In Cursor's settings, under MCP, choose “Needs login” beside ${portalSlug}. ${signIn}` },
  ],
  vscode: ({ url, portalSlug }) => {
    const server = JSON.stringify({ name: portalSlug, type: "http", url });
    return [
      {
        text: "Open this link; VS Code asks whether to install the server.",
        open: { label: "Add to VS Code", href: `vscode:mcp/install?${encodeURIComponent(server)}` },
      },
      { text: "Or run this in a terminal (macOS, Linux).", copy: { label: "Command", value: `code --add-mcp '${server}'` } },
      { text: "The same in a Windows terminal.", copy: { label: "Command for Windows", value: `code --add-mcp "${server.replaceAll('"', '\\"')}"` } },
      {
        text: "Or put this file into a project. For all projects, run “MCP: Open User Configuration” from the command palette and add the same there.",
        copy: { label: "mcp.json", value: json({ servers: { [portalSlug]: { type: "http", url } } }) },
        paths: [{ system: "Every system", path: ".vscode/mcp.json in the project's folder" }],
      },
      { text: `Start the server; VS Code asks to sign in. ${signIn}` },
    ];
  },
  chatgpt: ({ url, portalName }) => [
    {
      text: "In ChatGPT on the web, open Settings, then Apps & Connectors, then Advanced settings, and switch Developer mode on. In a company workspace an admin may have to do this.",
    },
    {
      text: `Back under Apps & Connectors choose Create. Name it ${portalName}, choose OAuth, and paste the URL.`,
      copy: { label: "MCP server URL", value: url },
    },
    { text: "Choose Create. Sign in and allow the access. In a chat, choose it under the + and then More." },
  ],
  codex: ({ url, portalSlug }) => [
    { text: "Run this in a terminal.", copy: { label: "Command", value: `codex mcp add ${portalSlug} --url ${url}` } },
    { text: signIn },
    {
      text: "Or add it to Codex's file and run “codex mcp login”.",
      copy: { label: "config.toml", value: `[mcp_servers.${portalSlug}]\nurl = "${url}"` },
      paths: [
        { system: "macOS, Linux", path: "~/.codex/config.toml" },
        { system: "Windows", path: "%USERPROFILE%\\.codex\\config.toml" },
      ],
    },
  ],
  windsurf: ({ url, portalSlug }) => [
    {
      text: "Add this to Windsurf's file.",
      copy: { label: "mcp_config.json", value: json({ mcpServers: { [portalSlug]: { serverUrl: url } } }) },
      paths: [
        { system: "macOS, Linux", path: "~/.codeium/windsurf/mcp_config.json" },
        { system: "Windows", path: "%USERPROFILE%\\.codeium\\windsurf\\mcp_config.json" },
      ],
    },
    { text: `In Windsurf's settings, under Cascade and MCP servers, choose Refresh. ${signIn}` },
  ],
  other: ({ url, portalSlug }) => [
    { text: "A client that speaks Streamable HTTP and OAuth needs nothing but the URL.", copy: { label: "URL", value: url } },
    {
      text: "A client that only starts local programs gets there through mcp-remote (Node.js must be installed).",
      copy: { label: "Command", value: `npx ${remote(url).join(" ")}` },
    },
    {
      text: "The same as an entry for the client's configuration file.",
      copy: { label: "Entry", value: json({ mcpServers: { [portalSlug]: { command: "npx", args: remote(url) } } }) },
    },
  ],
};

function cursorLink(name: string, url: string): string {
  const config = encodeURIComponent(btoa(JSON.stringify({ url })));
  return `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(name)}&config=${config}`;
}
