import type { Database } from "@/lib/db/types";
import { findTokenFacts } from "@/lib/endpoint/admission-query";
import { hashToken } from "@/lib/ids";

/** What the endpoint finds behind a token when it asks the database; null when that lets nobody in. */
export const findGrant = (db: Database, token: string, now: Date) => findTokenFacts(db, hashToken(token), now);
