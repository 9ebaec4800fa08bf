import { peers } from "@/lib/peers";
import { channelToSupervisor } from "./channel";
import type { Form } from "./form";

/** Makes this process one of several, if it is: it hears where the others are, and they hear what it tells. */
export function joinPeers(form: Form): ReturnType<typeof channelToSupervisor> {
  const channel = form.kind === "instance" || form.kind === "pages" ? channelToSupervisor() : null;
  if (!channel) return null;
  const all = peers();
  if (form.kind === "instance") all.join(form.place, form.places, form.socket);
  all.speak((told) => channel.say({ kind: "tell", told }));
  channel.hear((message) => {
    if (message.kind === "told") all.hear(message.told);
    else if (message.kind === "peers") Object.assign(all, { sockets: message.sockets, living: message.living, pages: message.pages });
  });
  return channel;
}
