/** RFC 5424 severities as MCP names them, from the least severe on. */
export const logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;
export type LogLevel = (typeof logLevels)[number];

export const isLogLevel = (level: unknown): level is LogLevel => (logLevels as readonly unknown[]).includes(level);
