/** The upstream itself in the shape of a gateway: each caller asks its five servers in turn. */
export function directTo({ upstream: { pid, ports }, era }) {
  const shapes = { calls: [5, 10], crowd: [5, 10], list10: [1, 10], list1000: [1, 1_000] };
  return {
    name: "direct",
    pids: { server: pid },
    callers(portal, count = 16, more = {}) {
      const [servers, tools] = shapes[portal];
      const endpoint = (i) => ({ port: ports[i], host: `127.0.0.1:${ports[i]}`, path: `/tools/${tools}`, token: null, era, tools: ["echo"], ...more });
      return Array.from({ length: count }, () => Array.from({ length: servers }, (_, i) => endpoint(i)));
    },
  };
}
