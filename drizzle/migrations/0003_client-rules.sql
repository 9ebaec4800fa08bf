CREATE TABLE "client_rule" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"kind" text NOT NULL,
	"value" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "client_rule_key" UNIQUE("org_id","kind","value"),
	CONSTRAINT "client_rule_kind_check" CHECK ("client_rule"."kind" in ('vendor', 'redirect', 'client_id'))
);
--> statement-breakpoint
ALTER TABLE "organization" ADD COLUMN "clients" text DEFAULT 'any' NOT NULL;--> statement-breakpoint
ALTER TABLE "portal" ADD COLUMN "access_token_seconds" integer;--> statement-breakpoint
ALTER TABLE "portal" ADD COLUMN "grant_days" integer;--> statement-breakpoint
ALTER TABLE "client_rule" ADD CONSTRAINT "client_rule_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grant_client_idx" ON "grant" USING btree ("client_id");--> statement-breakpoint
ALTER TABLE "organization" ADD CONSTRAINT "organization_clients_check" CHECK ("organization"."clients" in ('any', 'listed'));--> statement-breakpoint
ALTER TABLE "portal" ADD CONSTRAINT "portal_access_token_check" CHECK ("portal"."access_token_seconds" between 300 and 86400);--> statement-breakpoint
ALTER TABLE "portal" ADD CONSTRAINT "portal_grant_days_check" CHECK ("portal"."grant_days" between 1 and 365);