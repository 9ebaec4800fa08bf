import type { AuthOptions } from "next-auth";
import { database } from "@/lib/db";
import { provideNextAuthEnv } from "@/lib/env";
import { limits } from "@/lib/limits";
import { nextAuthSecret, sessionCookie } from "./cookie";
import { endSession, findSession } from "./session";

/**
 * What next-auth is told. It keeps the cookie; whether somebody is signed in is our row's word, asked on each request. A password is
 * checked by our own action (design 4.12), so no provider is listed until organizations bring theirs.
 */
export function authOptions(): AuthOptions {
  const secret = nextAuthSecret();
  provideNextAuthEnv(secret);
  const { name, options } = sessionCookie();
  return {
    providers: [],
    secret,
    session: { strategy: "jwt", maxAge: limits.sessionAbsoluteSeconds },
    cookies: { sessionToken: { name, options } },
    pages: { signIn: "/sign-in", signOut: "/account", error: "/sign-in", verifyRequest: "/sign-up/sent", newUser: "/admin" },
    callbacks: {
      jwt: async ({ token }) => {
        const sid = typeof token.sid === "string" ? token.sid : "";
        const session = sid ? await findSession(await database(), sid, new Date()) : null;
        if (!session) return {};
        return { sid, name: session.person.name, email: session.person.email };
      },
      // An object without a user is not a session (CVE-2026-73419): next-auth then answers as to a stranger.
      session: async ({ session, token }) => (token.sid ? { user: { name: token.name, email: token.email }, expires: session.expires } : { expires: "" }),
      redirect: ({ baseUrl }) => `${baseUrl}/admin`,
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.sid === "string") await endSession(await database(), token.sid);
      },
    },
    logger: { error: () => {}, warn: () => {}, debug: () => {} },
  };
}
