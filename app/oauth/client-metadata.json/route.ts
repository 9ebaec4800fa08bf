import { clientDocument } from "@/lib/connections/client-document";

/** Gatehouse as a client of servers' providers, where they can read it: not on loopback, which is nobody else's. */
export function GET() {
  const document = clientDocument();
  const headers = { "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*" };
  return document ? Response.json(document, { headers }) : Response.json({ error: "not_available" }, { status: 404 });
}
