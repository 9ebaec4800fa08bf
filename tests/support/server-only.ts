// `server-only` throws outside a React server build; in tests everything is a server.
export {};
