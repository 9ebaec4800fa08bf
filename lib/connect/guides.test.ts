import { describe, expect, test } from "vitest";
import { clientIdOf, clientIds, guideFor } from "./guides";

const subject = { url: "https://gate.acme.test/mcp/acme/eng", portalName: "Engineering", portalSlug: "eng" };
const copied = (id: (typeof clientIds)[number], label: string, url = subject.url) =>
  guideFor(id, { ...subject, url }).steps.find((step) => step.copy?.label === label)?.copy?.value ?? "";

describe("how to connect", () => {
  test.each(clientIds)("%s gets the portal's URL and nothing of another", (id) => {
    const guide = guideFor(id, subject);
    const parts = guide.steps.flatMap((step) => [step.copy?.value ?? "", step.open ? decodeURIComponent(step.open.href) : ""]);
    expect(parts.join("\n")).toContain(subject.url);
    expect(guide.name).not.toBe("");
  });

  test("an unknown client in the address shows the first one", () => {
    expect([clientIdOf("cursor"), clientIdOf("netscape"), clientIdOf(undefined)]).toEqual(["cursor", "claude", "claude"]);
  });

  test("the command of Claude Code is the documented one", () => {
    expect(copied("claude-code", "Command")).toBe("claude mcp add --transport http eng https://gate.acme.test/mcp/acme/eng");
  });

  test("files are valid JSON with the keys their clients read", () => {
    expect(JSON.parse(copied("cursor", "mcp.json"))).toEqual({ mcpServers: { eng: { url: subject.url } } });
    expect(JSON.parse(copied("vscode", "mcp.json"))).toEqual({ servers: { eng: { type: "http", url: subject.url } } });
    expect(JSON.parse(copied("windsurf", "mcp_config.json"))).toEqual({ mcpServers: { eng: { serverUrl: subject.url } } });
    expect(JSON.parse(copied("claude-code", ".mcp.json"))).toEqual({ mcpServers: { eng: { type: "http", url: subject.url } } });
  });

  test("Cursor's link carries the configuration in base64", () => {
    const href = guideFor("cursor", subject).steps[0]?.open?.href ?? "";
    const config = new URL(href).searchParams.get("config") ?? "";
    expect(JSON.parse(atob(config))).toEqual({ url: subject.url });
  });

  test("mcp-remote is allowed plain http only where the portal has nothing else", () => {
    expect(copied("other", "Command")).toBe(`npx -y mcp-remote ${subject.url}`);
    expect(copied("other", "Command", "http://localhost:3000/mcp/acme/eng")).toBe("npx -y mcp-remote http://localhost:3000/mcp/acme/eng --allow-http");
  });
});
