/** Where a form may send the browser afterwards: a path of this origin, or the fallback (UI-11). */
export function safeReturnTo(value: string | null | undefined, fallback: string): string {
  if (!value || value.length > 4_000 || !value.startsWith("/")) return fallback;
  // Browsers read a backslash as a slash and drop tabs and line breaks; an encoded one may be decoded by something in between.
  if (/[\\\u0000-\u0020\u007f]/.test(value) || /^[^?#]*%/.test(value)) return fallback;
  const url = URL.parse(value, base);
  // `/.//evil.example` is on this origin until it is used as a relative address.
  if (!url || url.origin !== base || url.pathname.includes("//")) return fallback;
  return `${url.pathname}${url.search}${url.hash}`;
}

const base = "http://gatehouse.invalid";
