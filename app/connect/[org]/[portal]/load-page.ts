import { currentPerson, frontContext } from "@/lib/auth/request";
import { type ConnectPage, connectPage, type Link } from "@/lib/connect/queries";

/** The portal's page as whoever is signed in may see it; an address that cannot be a portal's never reaches the database. */
export async function loadConnectPage(org: string, portal: string, link: Link = {}): Promise<ConnectPage | null> {
  if (!isSlug(org) || !isSlug(portal)) return null;
  const [front, person] = await Promise.all([frontContext(), currentPerson()]);
  return connectPage(front.db, org, portal, person, link);
}

const isSlug = (text: string) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(text);
