const nouns = ["issue", "pull request", "document", "invoice", "customer", "calendar event", "deployment", "log entry", "ticket", "message"];
const verbs = ["search", "create", "update", "list", "archive", "comment on", "assign", "export", "summarise", "approve"];

/** So many tools: two that do something, then ones of about a kilobyte as real servers describe them. */
export function tools(count) {
  return Array.from({ length: count }, (_, i) => [echo, progress][i] ?? described(i));
}

const echo = {
  name: "echo",
  description: "Gives the message back, padded with x to `size` characters when a size is given.",
  inputSchema: { type: "object", properties: { message: { type: "string" }, size: { type: "integer" } }, required: ["message"] },
};

const progress = {
  name: "progress",
  description: "Reports its progress so many times, each so long after the other, and gives the message back.",
  inputSchema: {
    type: "object",
    properties: { message: { type: "string" }, steps: { type: "integer" }, everyMs: { type: "integer" } },
    required: ["message", "steps", "everyMs"],
  },
};

function described(i) {
  const noun = nouns[i % nouns.length];
  const verb = verbs[Math.floor(i / nouns.length) % verbs.length];
  return {
    name: `tool_${String(i).padStart(4, "0")}`,
    title: `${verb} ${noun}`,
    description: `Use this to ${verb} one ${noun} in the workspace. Results are ordered by last change and limited to what the caller may see. Fails with a readable message if the ${noun} does not exist or was archived.`,
    inputSchema: {
      type: "object",
      properties: {
        workspace: { type: "string", description: `Workspace identifier that owns the ${noun}`, minLength: 1, maxLength: 64 },
        query: { type: "string", description: "Free text, or field:value pairs joined by spaces" },
        status: { type: "string", enum: ["open", "in_progress", "blocked", "closed"], description: "Only items in this state" },
        limit: { type: "integer", minimum: 1, maximum: 200, default: 50, description: "How many items to give back" },
        labels: { type: "array", items: { type: "string" }, description: "Labels that must all be present" },
        since: { type: "string", format: "date-time", description: "Only items changed after this time" },
      },
      required: ["workspace"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: i % 3 !== 0, destructiveHint: i % 7 === 0, openWorldHint: false },
  };
}
