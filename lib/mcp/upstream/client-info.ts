/** How Gatehouse names itself to upstreams; it says nothing of the person or their client. */
export const clientInfo = { name: "gatehouse", title: "Gatehouse", version: "0.1.0" };
