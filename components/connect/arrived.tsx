import { Alert } from "@/components/ui/alert";
import type { MyServer } from "@/lib/connect/queries";
import { hasMine, needsMe } from "./my-servers";

/** What has just happened at a provider or in the key form, told once on coming back. The address alone proves nothing, so the state decides. */
export function Arrived({ servers, connected }: { servers: MyServer[]; connected?: string }) {
  const server = servers.find(({ id }) => id === connected);
  if (!server || needsMe(server) || !hasMine(server)) return null;
  return (
    <Alert variant="ok" role="status" className="mb-3">
      Connected to {server.name}. Its tools work from now on; an app that waits for it goes on by itself or at the next call.
    </Alert>
  );
}
