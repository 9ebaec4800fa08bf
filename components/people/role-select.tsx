import { Select } from "@/components/ui/select";
import { type Role, roles } from "@/lib/auth/roles";
import { roleMeaning } from "./roles";

/** The roles this actor may give; only owners make owners. */
export function RoleSelect({ defaultValue, withOwner }: { defaultValue: Role; withOwner: boolean }) {
  return (
    <Select defaultValue={defaultValue}>
      {roles
        .filter((role) => withOwner || role !== "owner")
        .map((role) => (
          <option key={role} value={role}>
            {role.charAt(0).toUpperCase() + role.slice(1)}: {roleMeaning[role]}
          </option>
        ))}
    </Select>
  );
}
