/** `--name=value`, `--name value` and `--name` alone, as an object; an option that is not known is an error. */
export function readOptions(argv, known) {
  const options = {};
  for (let i = 0; i < argv.length; i++) {
    const [, name, inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[i]) ?? [];
    if (!name || !(name in known))
      throw new Error(
        `there is no option \`${argv[i]}\`; choose from ${Object.keys(known)
          .map((one) => `--${one}`)
          .join(", ")}`,
      );
    if (known[name] === "flag") options[name] = true;
    else options[name] = inline ?? argv[++i];
    if (known[name] === "number" && !(Number(options[name]) > 0)) throw new Error(`\`--${name}\` must be a number`);
    if (known[name] === "number") options[name] = Number(options[name]);
    if (known[name] === "list") options[name] = String(options[name]).split(",").filter(Boolean);
  }
  return options;
}
