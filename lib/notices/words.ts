import type { NoticeKind, NoticeChannel, TroubleTopic } from "@/drizzle/schema/notices";

/** What a notice says first: one clause, the server's name in it. */
export function noticeTitle(kind: NoticeKind, server: string): string {
  switch (kind) {
    case "server_failing":
      return `${server} cannot be synchronised`;
    case "server_well":
      return `${server} is synchronised again`;
    case "calls_failing":
      return `Calls to ${server} fail`;
    case "calls_well":
      return `No call to ${server} has failed for ten minutes`;
    case "account_ended":
      return `The shared account at ${server} has to be connected again`;
    case "account_failing":
      return `The shared account at ${server} cannot be renewed`;
    case "account_ending":
      return `The shared account at ${server} expires soon`;
    case "account_well":
      return `The shared account at ${server} works again`;
  }
}

/** What it means for people, and what to do; nothing for good news. */
export function noticeAdvice(kind: NoticeKind): string {
  switch (kind) {
    case "server_failing":
      return "Its tools stay listed; calls may fail.";
    case "calls_failing":
      return "The server is left alone for some seconds at a time, then tried again.";
    case "account_ended":
    case "account_ending":
      return "An admin has to connect it again on the server's page, under Connections.";
    case "account_failing":
      return "It is tried again with each call and sync.";
    case "server_well":
    case "calls_well":
    case "account_well":
      return "";
  }
}

export const isGood = (kind: NoticeKind) => kind.endsWith("_well");

export const channelWords: Record<NoticeChannel, string> = { mail: "Mail", webhook: "Webhook" };

/** Where in a server's pages the thing is mended. */
export const topicPath: Record<TroubleTopic, string> = { lists: "", calls: "/activity", account: "/connections" };
