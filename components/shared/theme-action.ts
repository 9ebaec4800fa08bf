"use server";

import { cookies } from "next/headers";
import { isTheme, themeCookie } from "./theme";

/** Keeps the chosen theme for a year. Needs no sign-in: it touches this browser's cookie only. */
export async function setThemeAction(form: FormData): Promise<void> {
  const theme = form.get("theme");
  if (!isTheme(theme)) return;
  const jar = await cookies();
  if (theme === "system") jar.delete(themeCookie);
  else jar.set(themeCookie, theme, { path: "/", maxAge: 365 * 86_400, sameSite: "lax", httpOnly: true });
}
