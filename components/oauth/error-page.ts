import { createHash } from "node:crypto";
import { nonceHeader } from "@/lib/auth/page-path";

/** `back` is a path of ours. */
export type ErrorPage = { title: string; explanation: string; code: string; reference: string; back?: { path: string; label: string } };

/**
 * A page of its own, with nothing from elsewhere: a route handler sends it with status 400, where Next.js could only render 200.
 * Everything that varies is escaped; the script never varies, and is the only one that may run.
 */
export function errorPageResponse(request: Request, page: ErrorPage, status: number): Response {
  // Behind `proxy.ts` its policy for pages holds instead of the one here, and asks for its nonce.
  const nonce = request.headers.get(nonceHeader) ?? "";
  return new Response(errorPage(page, nonce), {
    status,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Frame-Options": "DENY",
      "X-Content-Type-Options": "nosniff",
      "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${styleHash}'; script-src 'sha256-${scriptHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
    },
  });
}

const style = `
:root{color-scheme:light dark;--ink:#18181b;--quiet:#63636b;--line:#e4e4e7;--paper:#fafafa;--card:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#f4f4f5;--quiet:#a1a1aa;--line:#2a2a2e;--paper:#0c0c0d;--card:#151517}}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 "Geist Sans",ui-sans-serif,system-ui,sans-serif}
main{max-width:480px;margin:15vh auto 0;padding:24px;background:var(--card);border:1px solid var(--line);border-radius:8px;box-sizing:border-box}
h1{margin:0 0 8px;font-size:20px;font-weight:600}
p{margin:0 0 16px}
a{color:inherit}
small{color:var(--quiet);font-size:13px}
code{font-family:"Geist Mono",ui-monospace,monospace;overflow-wrap:anywhere}
code{user-select:all}
.help{display:flex;flex-wrap:wrap;align-items:center;gap:4px 8px;margin:0;padding-top:16px;border-top:1px solid var(--line)}
button{padding:2px 8px;border:1px solid var(--line);border-radius:6px;background:none;color:inherit;font:inherit;font-size:13px;cursor:pointer}
@media (max-width:520px){main{margin:16px}}
`;

// Without script, and where there is no clipboard, a click on the reference selects it whole.
const script = `
const button=document.querySelector("button");
if(navigator.clipboard){button.hidden=false;button.onclick=()=>navigator.clipboard.writeText(document.querySelector("code").textContent).then(()=>{button.textContent="Copied"},()=>{button.hidden=true})}
`;

const sha256 = (text: string) => createHash("sha256").update(text).digest("base64");
const [styleHash, scriptHash] = [sha256(style), sha256(script)];

function errorPage({ title, explanation, code, reference, back }: ErrorPage, nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${escaped(title)} · Gatehouse</title><style>${style}</style></head>
<body><main>
<h1>${escaped(title)}</h1>
<p>${escaped(explanation)}</p>
${back ? `<p><a href="${escaped(back.path)}">${escaped(back.label)}</a></p>\n` : ""}<p><small>Error: ${escaped(code)}</small></p>
<p class="help">If you ask for help, give this reference: <code>${escaped(reference)}</code><button type="button" hidden aria-live="polite">Copy</button></p>
</main><script nonce="${escaped(nonce)}">${script}</script></body>
</html>
`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
