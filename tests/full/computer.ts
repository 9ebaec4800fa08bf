import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { aHome, type Browse, clientBin } from "../e2e/support/clients";
import { launch, stop, until } from "../e2e/support/processes";

const endsMs = 120_000;

/** A person's computer: runs a client's command line in a home of its own, and consents in the browser when the client opens it. */
export function aComputer(browse: Browse, more: Record<string, string> = {}) {
  const home = aHome();
  // Some know no `BROWSER` and ask the desktop for one.
  copyFileSync(home.env.BROWSER, join(home.dir, "xdg-open"));
  const env = { ...process.env, ...home.env, PATH: `${home.dir}:${home.env.PATH}`, ...more };
  const run = async (name: string, command: string, args: string[]): Promise<string> => {
    const before = home.allOpened().length;
    const { child, output } = launch(command, args, env, home.dir);
    const opened = () => home.allOpened()[before];
    const isOver = () => child.exitCode !== null || opened() !== undefined;
    const saysWhat = () => `\`${name}\` did not end:\n${output()}`;
    try {
      if (command !== "script") child.stdin.end();
      await until(() => isOver() || asksForEnter.test(output()), endsMs, saysWhat);
      if (!isOver()) child.stdin.write("\r");
      await until(isOver, endsMs, saysWhat);
      if (child.exitCode === null) await browse(opened() ?? "");
      await until(() => child.exitCode !== null, endsMs, saysWhat);
    } finally {
      // Asked to end, `script` ends what runs in its terminal as well.
      await stop(child, "SIGTERM");
    }
    if (child.exitCode !== 0) throw new Error(`\`${name}\` ended with ${child.exitCode}:\n${plain(output())}`);
    return plain(output());
  };
  return {
    /** What the command printed until it ended; anything but 0 at its end is an error. */
    run: (program: string, ...args: string[]) => run(`${program} ${args.join(" ")}`, clientBin(program), args),
    /** The same in a terminal, without which many would not begin to sign in. */
    inTerminal: (program: string, ...args: string[]) =>
      run(`${program} ${args.join(" ")}`, "script", ["-qec", [clientBin(program), ...args].map(quoted).join(" "), "/dev/null"]),
  };
}

const asksForEnter = /Press Enter/;
const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
/** What a terminal shows, without the codes that colour it and move its cursor. */
const plain = (output: string) => output.replace(/\u001b(\[[0-9;?]*[A-Za-z]|\][^\u0007]*\u0007|[78])/g, "").replaceAll("\r", "");
