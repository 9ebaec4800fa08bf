import "server-only";
import { cookies } from "next/headers";
import type { Database } from "@/lib/db/types";
import { openSid, sealSid, sessionCookie } from "./cookie";
import { createSession, endSession, type RequestOrigin } from "./session";

/** Signs the browser of this request in: a new row, a new cookie; a session that it had before ends (UI-07). In actions and route handlers only. */
export async function startSession(db: Database, personId: string, request: RequestOrigin, now: Date): Promise<void> {
  const jar = await cookies();
  const { name, options, maxAge } = sessionCookie();
  const before = await openSid(jar.get(name)?.value);
  if (before) await endSession(db, before);
  const sid = await createSession(db, personId, request, now);
  jar.set(name, await sealSid(sid), { ...options, maxAge });
}

/** Signs the browser of this request out: the row goes, so a copied cookie is worth nothing either. */
export async function stopSession(db: Database): Promise<void> {
  const jar = await cookies();
  const { name, options } = sessionCookie();
  const sid = await openSid(jar.get(name)?.value);
  if (sid) await endSession(db, sid);
  jar.set(name, "", { ...options, maxAge: 0 });
}
