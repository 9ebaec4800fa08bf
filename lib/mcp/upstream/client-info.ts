import { productVersion } from "../product";

/** How Gatehouse names itself to upstreams; it says nothing of the person or their client. */
export const clientInfo = { name: "gatehouse", title: "Gatehouse", version: productVersion };
