import { and, eq } from "drizzle-orm";
import { servers } from "@/drizzle/schema";
import { afterRefusal } from "@/lib/connections/target";
import type { Database } from "@/lib/db/types";
import { inspectUpstream } from "@/lib/mcp/upstream";
import { type Inspection, isMissing, isUpstreamFailure, type NoCredential, UpstreamFailure, type UpstreamTarget } from "@/lib/mcp/upstream-types";
import { reportFault } from "@/lib/report";

/** With the shared credential; once more with a renewed one if the server refuses it. */
export async function inspectAs(db: Database, ref: { orgId: string; serverId: string }, target: UpstreamTarget): Promise<Inspection> {
  for (let current = target, isSecond = false; ; isSecond = true) {
    try {
      return await inspectWatched(db, ref, current);
    } catch (error) {
      if (!isUpstreamFailure(error) || (error.cause_ !== "unauthorized" && error.cause_ !== "forbidden")) throw error;
      const other = await afterRefusal(db, current, null, error);
      if (other && isMissing(other)) throw withoutCredential(other);
      if (!other || isSecond) throw error;
      current = other;
    }
  }
}

export const withoutCredential = ({ person }: NoCredential) => new UpstreamFailure("unauthorized", person, false);

/** Writes each step into the row while the network works; the last write is awaited, so none comes after the result. */
async function inspectWatched(db: Database, ref: { orgId: string; serverId: string }, target: UpstreamTarget): Promise<Inspection> {
  let written = Promise.resolve();
  const onProgress = (words: string) => {
    written = written.then(() => progress(db, ref, words)).catch((error) => void reportFault(error, { during: "sync progress" }));
  };
  try {
    return await inspectUpstream(target, { onProgress });
  } finally {
    await written;
  }
}

async function progress(db: Database, ref: { orgId: string; serverId: string }, words: string): Promise<void> {
  await db
    .update(servers)
    .set({ syncProgress: words })
    .where(and(eq(servers.orgId, ref.orgId), eq(servers.id, ref.serverId)));
}
