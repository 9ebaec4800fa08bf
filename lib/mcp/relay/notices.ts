import type { ServerView } from "@/lib/gateway/types";
import type { Exchange } from "../exchange";
import { messageText } from "../frame";
import type { PeerMessage } from "../upstream-types";

/** Passes on what a server says while it works: progress under the client's own token, and log messages under the server's name. */
export function noticesTo(exchange: Exchange, server: ServerView, progressToken: string | number | undefined): (message: PeerMessage) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ method, params }) => {
    if (method === "notifications/progress") {
      if (progressToken === undefined || typeof params.progress !== "number" || params.progress <= last) return;
      last = params.progress;
      exchange.send(messageText(method, { ...params, progressToken }));
    } else if (method === "notifications/message") exchange.send(logMessage(server, params));
    else if (method === "notifications/elicitation/complete") exchange.send(messageText(method, params));
  };
}

export const logMessage = ({ slug }: ServerView, params: PeerMessage["params"]) =>
  messageText("notifications/message", { ...params, logger: typeof params.logger === "string" ? `${slug}/${params.logger}` : slug });

export const isListChange = (method: string) => /^notifications\/(tools|prompts|resources)\/list_changed$/.test(method);
