import { clientAddress } from "@/lib/auth/client-address";
import type { FormRequest } from "./client-form";
import { readBody } from "./http";

const formBytesMax = 32_768;

/** Who sends an HTTP request, for limits and records. */
export function sender(request: Request): { ip: string; userAgent: string } {
  return { ip: clientAddress(request.headers), userAgent: request.headers.get("user-agent") ?? "" };
}

/** The plain data that the token and revocation endpoints work on. */
export async function formRequest(request: Request): Promise<FormRequest> {
  return {
    ...sender(request),
    contentType: request.headers.get("content-type"),
    authorization: request.headers.get("authorization"),
    body: await readBody(request, formBytesMax),
  };
}
