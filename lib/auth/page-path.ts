/** Set by `proxy.ts` on each page request, replacing what came: path and query as the browser asked for them. */
export const pathHeader = "x-gatehouse-path";
/** The nonce that a page's own inline script needs. */
export const nonceHeader = "x-nonce";
