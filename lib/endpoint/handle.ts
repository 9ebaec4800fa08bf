import type { Stop } from "@/lib/stop";
import { clip } from "@/lib/errors";
import { limits } from "@/lib/limits";
import type { Answer, AnswerBody } from "@/lib/mcp/answers";
import type { EventStream } from "@/lib/mcp/event-stream";
import type { Pour } from "@/lib/mcp/pour";
import { gzipped, takesGzip } from "@/lib/mcp/gzip";
import { errorText, readMessage, rpc } from "@/lib/mcp/frame";
import { waitsElsewhere } from "@/lib/mcp/relay/parked-elsewhere";
import { serve } from "@/lib/mcp/serve";
import { endSession, openStandalone } from "@/lib/mcp/standalone";
import { issuer } from "@/lib/oauth/urls";
import { reportFault } from "@/lib/report";
import { admit } from "./admit";
import type { Endpoint } from "./endpoint";
import { inTime } from "./in-time";
import { countStranger, overRate, strangerOverRate } from "./limited";
import { corsHeaders, isAllowedOrigin, isOurHost, preflightHeaders } from "./origin";

/** One HTTP request to a portal's address, told without any framework. */
export type McpInput = {
  method: string;
  orgSlug: string;
  portalSlug: string;
  /** The `context` parameter of the address: how much of the tools the client wants to see. Nothing else of a query is read. */
  context: string | undefined;
  /** Lower-case name in, value out. */
  header(name: string): string | undefined;
  /** The body, or null once it is longer than that many bytes. */
  read(bytesMax: number): Promise<Buffer | null>;
  /** Aborts when the client is gone. */
  signal(): Stop;
  ip: string;
  /** Whether another process of ours can be asked to answer. */
  mayHandOn?: boolean;
};

export type McpOutput = {
  status: number;
  headers: Record<string, string>;
  body: AnswerBody | null;
  stream?: EventStream;
  pour?: Pour;
  elsewhere?: { socket: string; body: Buffer };
};

/** The portal's endpoint: the same code behind every mount, for a request that has entered (`Endpoint.overload`); it leaves here. */
export async function handleMcp(endpoint: Endpoint, input: McpInput): Promise<McpOutput> {
  try {
    return await answered(endpoint, input);
  } catch (error) {
    return unavailable(endpoint, error);
  } finally {
    endpoint.overload.leave();
  }
}

function answered(endpoint: Endpoint, input: McpInput): McpOutput | Promise<McpOutput> {
  const origin = input.header("origin");
  if (!isOurHost(input.header("host"))) return plain(403, "this is not the name under which this server is reached");
  if (!isAllowedOrigin(origin)) return plain(403, "pages of this origin may not use the portal");
  // No slug that exists looks different, and only such can stand in a header.
  if (!isSlug(input.orgSlug, 63) || !isSlug(input.portalSlug, 32)) return plain(404, "there is nothing here");
  if (input.method === "OPTIONS" && origin !== undefined && input.header("access-control-request-method") !== undefined) {
    return { status: 204, headers: { ...corsHeaders(origin), ...(corsHeaders(origin).vary && preflightHeaders) }, body: null };
  }
  if (input.method === "GET" && input.header("accept")?.includes("text/html")) {
    return { status: 303, headers: { location: `${issuer()}/connect/${input.orgSlug}/${input.portalSlug}`, "cache-control": "no-store" }, body: null };
  }
  const output = admitted(endpoint, input);
  return origin === undefined ? output : output.then((plain) => ({ ...plain, headers: withCors(plain.headers, origin) }));
}

async function admitted(endpoint: Endpoint, input: McpInput): Promise<McpOutput> {
  const startedAt = endpoint.ports.now();
  const stranger = strangerOverRate(endpoint, input);
  if (stranger) return stranger;
  const admitting = admit(endpoint, input, input.header("authorization"), input.ip);
  const admission = admitting instanceof Promise ? await inTime(admitting, admissionMs) : admitting;
  if (admission.kind === "unauthenticated") {
    countStranger(endpoint, input);
    return json(401, errorText(null, { code: rpc.refused, message: "sign in to use this portal" }), { "www-authenticate": admission.challenge });
  }
  if (admission.kind === "refused") return json(403, errorText(null, { code: rpc.refused, message: admission.message }));
  const { caller } = admission;
  const limited = overRate(endpoint, input, caller);
  if (limited) return limited;
  const { ports, cancellations } = endpoint;
  const { header, signal } = input;
  const readmit = async () => {
    const again = await admit(endpoint, input, header("authorization"), input.ip);
    return again.kind === "admitted" ? again.caller : null;
  };
  if (input.method === "GET") return written(await openStandalone(ports, caller, { header, readmit }));
  if (input.method === "DELETE") return written(await endSession(ports, caller, header));
  if (input.method !== "POST") return { ...plain(405, "send POST requests"), headers: { ...textHeaders, allow: "POST, GET, DELETE" } };
  const problem = bodyProblem(input);
  if (problem) return problem;
  const body = await input.read(limits.mcpBodyBytesMax);
  if (!body) return tooLarge;
  const message = readMessage(body);
  const elsewhere = input.mayHandOn ? waitsElsewhere(message) : null;
  if (elsewhere !== null) return { status: 503, headers: {}, body: null, elsewhere: { socket: elsewhere, body } };
  const answer = await serve(ports, caller, { message, bytes: body.length, header, startedAt, signal, readmit, cancellations });
  return compressed(written(answer), header);
}

/** What can be said of a body before it is read. */
function bodyProblem(input: McpInput): McpOutput | null {
  if (input.header("content-encoding") !== undefined) return plain(415, "compressed requests are not accepted");
  if (!/^application\/json\s*(;|$)/i.test(input.header("content-type") ?? "")) return plain(415, "send application/json");
  return Number(input.header("content-length") ?? 0) > limits.mcpBodyBytesMax ? tooLarge : null;
}

function written({ status, body, stream, pour, headers, retryAfterSeconds }: Answer): McpOutput {
  if (!stream && !pour && !headers && !retryAfterSeconds && body !== null) return json(status, body);
  if (pour) return { status, headers: { ...jsonHeaders, ...headers }, body: null, pour };
  if (stream) return { status, headers: { ...streamHeaders, ...headers }, body: null, stream };
  const more = { ...headers, ...(retryAfterSeconds && { "retry-after": String(retryAfterSeconds) }) };
  return body === null ? { status, headers: more, body } : json(status, body, more);
}

/** Large lists are kept compressed as well, for clients that ask for it. */
function compressed(output: McpOutput, header: McpInput["header"]): McpOutput {
  if (output.body === null || typeof output.body === "string") return output;
  const headers = { ...output.headers, vary: "Accept-Encoding" };
  const body = takesGzip(header("accept-encoding")) ? gzipped(output.body) : null;
  return body ? { ...output, headers: { ...headers, "content-encoding": "gzip" }, body } : { ...output, headers };
}

/** An error in admission, policy or the record denies; the cause is for the operator only (ME-03, ME-20). */
function unavailable({ limited, ports }: Endpoint, error: unknown): McpOutput {
  const notRecorded = error instanceof Error && error.name === "CallNotRecorded";
  // A record that takes nothing refuses thousands in a second, all for one reason.
  const requestId = !notRecorded || limited.isDue("calls not recorded", ports.now()) ? reportFault(error) : "known to the operator";
  const message = notRecorded ? "the record of this call could not be written, so it was not made" : "the portal cannot answer now";
  return json(503, errorText(null, { code: rpc.internal, message: `${message} (${requestId})` }), { "retry-after": "5" });
}

const admissionMs = 5_000;

function withCors(headers: Record<string, string>, origin: string): Record<string, string> {
  const cors = corsHeaders(origin);
  return { ...headers, ...cors, ...(headers.vary && cors.vary && { vary: `${headers.vary}, ${cors.vary}` }) };
}

const isSlug = (text: string, charsMax: number) => text.length <= charsMax && /^[a-z0-9][a-z0-9-]*$/.test(text);
const textHeaders = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };
const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" };
// Compressing proxies would hold events back (`no-transform`), and so would buffering ones.
const streamHeaders = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
  "x-content-type-options": "nosniff",
};
const plain = (status: number, text: string): McpOutput => ({ status, headers: textHeaders, body: `${clip(text, 200)}\n` });
const tooLarge: McpOutput = { ...plain(413, "the request is too large"), headers: { ...textHeaders, connection: "close" } };
const json = (status: number, body: AnswerBody, more?: Record<string, string>): McpOutput => ({
  status,
  headers: more ? { ...jsonHeaders, ...more } : jsonHeaders,
  body,
});
