import { UntrustedText } from "@/components/shared/untrusted-text";
import { Table, TableBody, TableCaption, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";

type Argument = { name: string; type: string; description: string; isRequired: boolean };

const shownMax = 200;

/** The arguments of a tool (JSON Schema) or a prompt (a list) as a table; nothing for what takes none. */
export function ArgumentsTable({ definition }: { definition: Record<string, unknown> }) {
  const all = argumentsOf(definition).slice(0, shownMax);
  if (all.length === 0) return null;
  return (
    <section>
      <h3 className="mb-1.5 font-semibold">Arguments</h3>
      <div className="overflow-hidden rounded-lg border [--hint-ground:var(--color-popover)]">
        <Table>
          <TableCaption>Arguments</TableCaption>
          <TableHeader>
            <TableRow>
              <TableHead>Name</TableHead>
              <TableHead>Type</TableHead>
              <TableHead>Description</TableHead>
            </TableRow>
          </TableHeader>
          <TableBody>
            {all.map((argument) => (
              <TableRow key={argument.name}>
                <TableCell className="align-top">
                  <UntrustedText text={argument.name} max={120} className="font-mono text-xs" />
                  {argument.isRequired && <span className="block text-muted-foreground text-xs">required</span>}
                </TableCell>
                <TableCell className="align-top">
                  <UntrustedText text={argument.type} max={80} className="font-mono text-xs" />
                </TableCell>
                <TableCell className="min-w-40 align-top max-sm:whitespace-normal">
                  <UntrustedText text={argument.description} max={1_000} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </section>
  );
}

/** Reads what anybody may have written: whatever is not of the expected shape is left out. */
function argumentsOf(definition: Record<string, unknown>): Argument[] {
  if (Array.isArray(definition.arguments)) {
    return definition.arguments
      .filter(isObject)
      .map((item) => ({ name: text(item.name), type: "string", description: text(item.description), isRequired: item.required === true }));
  }
  const schema = isObject(definition.inputSchema) ? definition.inputSchema : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.entries(properties).map(([name, value]) => {
    const property = isObject(value) ? value : {};
    return { name, type: typeOf(property), description: text(property.description), isRequired: required.includes(name) };
  });
}

function typeOf(property: Record<string, unknown>): string {
  if (Array.isArray(property.enum)) return property.enum.map((item) => JSON.stringify(item)).join(" | ");
  return Array.isArray(property.type) ? property.type.map(text).join(" | ") : text(property.type) || "any";
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
