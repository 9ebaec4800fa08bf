import { CopyField } from "@/components/shared/copy-field";

/** The one address that providers send people back to, whatever the server. */
export function CallbackUrl({ value }: { value: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-medium">Callback URL</p>
      <CopyField value={value} label="callback URL" />
      <p className="text-muted-foreground text-table">
        A provider that wants Gatehouse registered by hand asks for it. It is the same for every server and stays so.
      </p>
    </div>
  );
}
