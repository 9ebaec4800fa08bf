/** 303, so that a POST is never repeated at the target (OA-08). The address is sent byte for byte, native schemes too. */
export function redirectResponse(location: string, headers: Record<string, string> = {}): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", ...headers },
  });
}
