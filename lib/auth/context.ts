import type { Database } from "@/lib/db/types";
import type { Role } from "./roles";

/** First parameter of every query and command of an organization. Nothing reads the tenant from anywhere else. */
export type OrgContext = {
  db: Database;
  org: { id: string; slug: string; name: string };
  actor: { personId: string; email: string; role: Role };
  now: Date;
};

/** First parameter of what a person does with their own account. */
export type PersonContext = {
  db: Database;
  person: { id: string; email: string; name: string; emailVerified: boolean };
  /** The session that asks; null where a command is used outside a request. */
  sessionId: string | null;
  request: { ip: string; userAgent: string };
  now: Date;
};

/** First parameter of what happens before anybody signed in. */
export type FrontContext = { db: Database; request: { ip: string; userAgent: string }; now: Date };
