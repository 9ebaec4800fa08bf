/** A browser without scripts, for one person: it keeps cookies, follows our own redirects, sends forms as they stand, and insists on what protects its person. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly origin: string) {}

  /** Opens an address of ours; where a redirect leaves our origin, the address it leads to is the answer. */
  async open(address: string, init: RequestInit = {}): Promise<Page> {
    let url = new URL(address, this.origin);
    let request = init;
    for (let hops = 0; hops < 10; hops++) {
      if (url.origin !== this.origin) return { url, html: "" };
      const response = await fetch(url, { ...request, redirect: "manual", headers: { ...request.headers, cookie: this.cookieHeader(), origin: this.origin } });
      this.keepCookies(response);
      const location = response.headers.get("location");
      insist(url, request.method !== "POST" || location === null || response.status === 303, "a form's answer must lead on with 303 (OA-08)");
      insist(url, location !== null || isGuarded(response), "a page must not be framed or stored (OA-26)");
      if (!location) return { url, html: await response.text() };
      await response.body?.cancel();
      url = new URL(location, url);
      request = {};
    }
    throw new Error(`too many redirects from ${address}`);
  }

  /** Fills in and sends the form that has a field of this name. */
  async submit(page: Page, field: string, values: Record<string, string>): Promise<Page> {
    const form = formsOf(page.html).find(({ fields }) => fields.has(field));
    if (!form) throw new Error(`${page.url.pathname} has no form with \`${field}\``);
    const fields = [...form.fields].filter(([name]) => name !== field || values[field] !== undefined);
    const entries = Object.entries({ ...Object.fromEntries(fields), ...values });
    // Without scripts a server action is sent as multipart; our own plain forms are URL-encoded.
    const body = form.isMultipart ? new FormData() : new URLSearchParams();
    for (const [name, value] of entries) body.append(name, value);
    return this.open(new URL(form.action || page.url.href, page.url).href, { method: "POST", body });
  }

  private cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  private keepCookies(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.cookies.set(name, value);
    }
  }
}

function insist(url: URL, holds: boolean, rule: string): void {
  if (!holds) throw new Error(`${url.pathname}: ${rule}`);
}

const isGuarded = ({ headers }: Response) => headers.get("x-frame-options") === "DENY" && (headers.get("cache-control") ?? "").includes("no-store");

export type Page = { url: URL; html: string };

function formsOf(html: string): { action: string; isMultipart: boolean; fields: Map<string, string> }[] {
  return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, opening = "", inside = ""]) => ({
    action: attribute(opening, "action"),
    isMultipart: /multipart\/form-data/i.test(opening),
    fields: new Map([...inside.matchAll(/<(?:input|button)([^>]*)>/g)].flatMap(([, tag = ""]) => named(tag))),
  }));
}

const named = (tag: string): [string, string][] => (attribute(tag, "name") ? [[attribute(tag, "name"), attribute(tag, "value")]] : []);
const attribute = (tag: string, name: string) => unescaped(new RegExp(`\\s${name}="([^"]*)"`, "i").exec(tag)?.[1] ?? "");
const entities: Record<string, string> = { quot: '"', amp: "&", lt: "<", gt: ">", "#x27": "'", "#39": "'" };
const unescaped = (text: string) => text.replace(/&(#?\w+);/g, (whole, name: string) => entities[name] ?? whole);
