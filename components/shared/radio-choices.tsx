type Choice = { value: string; label: string; words: string };
type Props = { legend: string; name: string; chosen: string | string[] | undefined; choices: readonly Choice[] };

/** One of a few, each with a line that says what it means. */
export function RadioChoices({ legend, name, chosen, choices }: Props) {
  return (
    <fieldset className="flex flex-col gap-2.5">
      <legend className="mb-1.5 font-medium">{legend}</legend>
      {choices.map(({ value, label, words }) => (
        <label key={value} className="flex items-start gap-2.5">
          <input type="radio" name={name} value={value} defaultChecked={chosen === value} className="mt-0.5 accent-primary" />
          <span>
            {label}
            <span className="block text-muted-foreground text-table">{words}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
