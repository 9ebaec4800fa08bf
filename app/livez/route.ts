export const dynamic = "force-dynamic";

/** Alive: asks nothing of anything else. */
export function GET(): Response {
  return new Response(null, { status: 200, headers: { "cache-control": "no-store" } });
}
