import { Alert } from "@/components/ui/alert";

/** What was wrong with the address of the page; the page shows the rest anyway. */
export function Notices({ notices }: { notices: string[] }) {
  if (notices.length === 0) return null;
  return (
    <Alert variant="warning" className="mb-4">
      {notices.map((notice) => (
        <p key={notice}>{notice}</p>
      ))}
    </Alert>
  );
}
