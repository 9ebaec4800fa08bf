CREATE TABLE "mcp_session" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"grant_id" text NOT NULL,
	"person_id" text NOT NULL,
	"protocol_version" text NOT NULL,
	"client_info" json NOT NULL,
	"capabilities" json NOT NULL,
	"log_level" text,
	"subscriptions" json DEFAULT '[]'::json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "grant" ADD COLUMN "servers_off" json DEFAULT '[]'::json NOT NULL;--> statement-breakpoint
ALTER TABLE "portal" ADD COLUMN "portal_tools" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "portal" ADD COLUMN "context_mode" text DEFAULT 'full' NOT NULL;--> statement-breakpoint
ALTER TABLE "server" ADD COLUMN "protocol" text DEFAULT 'auto' NOT NULL;--> statement-breakpoint
ALTER TABLE "mcp_session" ADD CONSTRAINT "mcp_session_grant_id_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mcp_session" ADD CONSTRAINT "mcp_session_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mcp_session" ADD CONSTRAINT "mcp_session_org_id_portal_id_portal_org_id_id_fk" FOREIGN KEY ("org_id","portal_id") REFERENCES "public"."portal"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "mcp_session_token_key" ON "mcp_session" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "mcp_session_grant_idx" ON "mcp_session" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "mcp_session_person_idx" ON "mcp_session" USING btree ("person_id","last_seen_at");--> statement-breakpoint
CREATE INDEX "mcp_session_seen_idx" ON "mcp_session" USING btree ("last_seen_at");--> statement-breakpoint
ALTER TABLE "portal" ADD CONSTRAINT "portal_context_mode_check" CHECK ("portal"."context_mode" in ('full', 'names', 'search'));--> statement-breakpoint
ALTER TABLE "server" ADD CONSTRAINT "server_protocol_check" CHECK ("server"."protocol" in ('auto', 'current', 'session'));