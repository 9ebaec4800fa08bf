CREATE TABLE "service_token" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"old_secret_hash" text,
	"old_secret_until" timestamp with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "service_token_org_id_key" UNIQUE("org_id","id"),
	CONSTRAINT "service_token_old_secret_check" CHECK (("service_token"."old_secret_hash" is null) = ("service_token"."old_secret_until" is null))
);
--> statement-breakpoint
ALTER TABLE "grant" ALTER COLUMN "person_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "grant" ALTER COLUMN "client_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "mcp_session" ALTER COLUMN "person_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "grant" ADD COLUMN "service_token_id" text;--> statement-breakpoint
ALTER TABLE "mcp_session" ADD COLUMN "service_token_id" text;--> statement-breakpoint
ALTER TABLE "service_token" ADD CONSTRAINT "service_token_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "service_token_name_key" ON "service_token" USING btree ("org_id",lower("name")) WHERE "service_token"."revoked_at" is null;--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_org_id_service_token_id_service_token_org_id_id_fk" FOREIGN KEY ("org_id","service_token_id") REFERENCES "public"."service_token"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mcp_session" ADD CONSTRAINT "mcp_session_org_id_service_token_id_service_token_org_id_id_fk" FOREIGN KEY ("org_id","service_token_id") REFERENCES "public"."service_token"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_service_token_key" UNIQUE("service_token_id","portal_id");--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_owner_check" CHECK (("grant"."person_id" is null) = ("grant"."service_token_id" is not null) and ("grant"."client_id" is null) = ("grant"."person_id" is null));--> statement-breakpoint
ALTER TABLE "mcp_session" ADD CONSTRAINT "mcp_session_owner_check" CHECK (("mcp_session"."person_id" is null) = ("mcp_session"."service_token_id" is not null));