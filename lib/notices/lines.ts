import type { notices } from "@/drizzle/schema";
import type { NoticeKind } from "@/drizzle/schema/notices";
import { env } from "@/lib/env";
import { isGood, noticeAdvice, noticeTitle, topicPath } from "./words";

type Notice = typeof notices.$inferSelect;

/** What is said of one thing, however often it changed since the last time. */
export type Line = {
  id: string;
  kind: NoticeKind;
  server: { id: string; name: string };
  title: string;
  detail: string;
  since: Date;
  at: Date;
  /** How many changes this line stands for. */
  changes: number;
  url: string;
};

/** One line for each server and topic: how it is now. A server that cannot even be read needs no word about its calls. */
export function linesOf(orgSlug: string, batch: readonly Notice[]): Line[] {
  const byThing = new Map<string, Notice[]>();
  for (const notice of batch) {
    const key = `${notice.serverId} ${notice.topic}`;
    byThing.set(key, [...(byThing.get(key) ?? []), notice]);
  }
  return [...byThing.values()].flatMap((changes) => {
    const [first, last] = [changes[0], changes.at(-1)];
    if (!first || !last || (last.topic === "calls" && byThing.has(`${last.serverId} lists`))) return [];
    return [lineOf(orgSlug, first, last, changes.length)];
  });
}

function lineOf(orgSlug: string, first: Notice, last: Notice, changes: number): Line {
  const { id, kind, serverId, serverName, since, createdAt } = last;
  return {
    ...{ id, kind, server: { id: serverId, name: serverName }, title: noticeTitle(kind, serverName), since, at: createdAt, changes },
    detail: isGood(kind) ? `the trouble began ${utc(first.since)}` : last.detail,
    url: `${env().publicUrl}/admin/${orgSlug}/servers/${serverId}${topicPath[last.topic]}`,
  };
}

/** A line as a sentence or two for a mail. */
export function lineText({ kind, title, detail, at, changes, url }: Line): string {
  const more = changes > 2 ? `\n  It changed ${changes} times since the last message.` : "";
  const advice = noticeAdvice(kind);
  return `- ${title}${detail && `: ${detail}`} (${utc(at)}).${advice && `\n  ${advice}`}${more}\n  ${url}`;
}

const utc = (at: Date) => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
