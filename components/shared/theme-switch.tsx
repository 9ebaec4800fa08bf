import { Monitor, Moon, Sun } from "lucide-react";
import { Button } from "@/components/ui/button";
import { readTheme, type Theme, themes } from "./theme";
import { setThemeAction } from "./theme-action";

const icons = { system: Monitor, light: Sun, dark: Moon } satisfies Record<Theme, unknown>;

/** One button that goes through system, light and dark. A form, so it works without JavaScript. A server component. */
export async function ThemeSwitch() {
  const theme = await readTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  const Icon = icons[theme];
  return (
    <form action={setThemeAction}>
      <Button type="submit" name="theme" value={next} variant="ghost" size="icon" aria-label={`Theme: ${theme}. Change to ${next}`} title={`Theme: ${theme}`}>
        <Icon aria-hidden />
      </Button>
    </form>
  );
}
