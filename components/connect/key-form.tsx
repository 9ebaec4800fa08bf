import { ActionForm } from "@/components/shared/action-form";
import { FormField } from "@/components/shared/form-field";
import { SubmitButton } from "@/components/shared/submit-button";
import { Alert } from "@/components/ui/alert";
import { Input } from "@/components/ui/input";
import { connectWithKeyAction } from "@/lib/connections/actions";

export type KeyFormProps = {
  hidden: Record<string, string>;
  serverName: string;
  kind: "bearer" | "headers" | "none";
  /** The header fields to fill in, in their order. */
  headerNames: string[];
};

/** A person's own key for a server that takes no sign-in. */
export function KeyForm({ hidden, serverName, kind, headerNames }: KeyFormProps) {
  if (kind === "headers" && headerNames.length === 0) {
    return <Alert variant="warn">An admin has to name the headers of {serverName} first.</Alert>;
  }
  return (
    <ActionForm action={connectWithKeyAction} hidden={hidden}>
      {kind === "bearer" ? (
        <FormField name="token" label="Key" required hint={`From your account at ${serverName}. Kept encrypted and never shown again.`}>
          <Input type="password" autoComplete="off" spellCheck={false} className="font-mono" />
        </FormField>
      ) : (
        headerNames.map((name, index) => (
          <FormField
            key={name}
            name="headerValue"
            label={<span className="font-mono">{name}</span>}
            required
            hint={index === headerNames.length - 1 ? "Kept encrypted and never shown again." : undefined}
          >
            <Input type="password" autoComplete="off" spellCheck={false} className="font-mono" />
          </FormField>
        ))
      )}
      <SubmitButton className="w-fit" pendingText="Connecting…">
        Connect
      </SubmitButton>
    </ActionForm>
  );
}
