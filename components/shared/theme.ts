import { cookies } from "next/headers";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];
export const themeCookie = "theme";

export const isTheme = (value: unknown): value is Theme => themes.some((theme) => theme === value);

/** The person's choice; the system's where none was made. */
export async function readTheme(): Promise<Theme> {
  const value = (await cookies()).get(themeCookie)?.value;
  return isTheme(value) ? value : "system";
}
