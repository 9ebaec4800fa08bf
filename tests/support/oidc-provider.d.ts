// The package has no types of its own; what the tests use of it.
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  type Token = { jti: string; accountId: string; scope?: string; destroy(): Promise<void> };
  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): (req: IncomingMessage, res: ServerResponse) => void;
    on(event: "grant.success" | "grant.error", listener: (ctx: { oidc: { params?: { grant_type?: string } } }) => void): this;
    on(event: "access_token.saved" | "access_token.destroyed", listener: (token: Token) => void): this;
    RefreshToken: { find(value: string): Promise<Token | undefined> };
  }
}
