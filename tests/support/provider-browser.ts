/** A person's browser at the provider: signs in under the name, agrees, and stands before the address that it is sent back to. */
export async function signInAt(url: string, name: string, answer: "agree" | "refuse" = "agree"): Promise<URL> {
  const jar = new Map<string, string>();
  let at = new URL(url);
  let form: URLSearchParams | null = null;
  for (let step = 0; step < 12; step++) {
    const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join("; ");
    const response: Response = await fetch(at, { method: form ? "POST" : "GET", body: form, headers: { cookie }, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) keep(jar, line);
    const location = response.headers.get("location");
    form = null;
    if (location) {
      const next: URL = new URL(location, at);
      if (next.pathname === "/oauth/upstream/callback") return next;
      at = next;
      continue;
    }
    const page = await response.text();
    if (answer === "refuse") at = new URL(`${at.pathname}/abort`, at);
    else if (page.includes('value="login"')) form = new URLSearchParams({ prompt: "login", login: name, password: "x" });
    else if (page.includes('value="consent"')) form = new URLSearchParams({ prompt: "consent" });
    else throw new Error(`the provider answered ${response.status} at ${at.pathname}: ${page.replace(/<style[\s\S]*?<\/style>/g, "").slice(0, 800)}`);
  }
  throw new Error("the provider sends in circles");
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = ""] = line.split(";");
  const at = pair.indexOf("=");
  jar.set(pair.slice(0, at), pair.slice(at + 1));
}
