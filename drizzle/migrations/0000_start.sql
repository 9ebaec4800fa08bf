CREATE TABLE "access_event" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"person_id" text,
	"email" text DEFAULT '' NOT NULL,
	"portal_id" text,
	"portal_name" text,
	"client_id" text,
	"client_name" text,
	"ip" text DEFAULT '' NOT NULL,
	"user_agent" text DEFAULT '' NOT NULL,
	"correlation_id" text,
	"detail" json
);
--> statement-breakpoint
CREATE TABLE "audit_event" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor_id" text,
	"actor_email" text NOT NULL,
	"action" text NOT NULL,
	"target_kind" text NOT NULL,
	"target_id" text NOT NULL,
	"target_name" text NOT NULL,
	"before" json,
	"after" json
);
--> statement-breakpoint
CREATE TABLE "call" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"instance_id" text NOT NULL,
	"person_id" text,
	"person_email" text NOT NULL,
	"grant_id" text,
	"client_id" text,
	"client_name" text NOT NULL,
	"portal_id" text,
	"portal_name" text NOT NULL,
	"server_id" text,
	"server_name" text,
	"method" text NOT NULL,
	"capability_kind" text,
	"capability_name" text,
	"requested_name" text,
	"protocol_version" text NOT NULL,
	"decision" text NOT NULL,
	"decided_by" text,
	"policy_id" text,
	"policy_name" text,
	"outcome" text NOT NULL,
	"error_code" integer,
	"error_message" text,
	"request_bytes" integer DEFAULT 0 NOT NULL,
	"response_bytes" integer,
	"duration_ms" double precision,
	"upstream_ms" double precision,
	"ended_at" timestamp with time zone,
	"ip" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "access_token" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"grant_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "authorization" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"browser_hash" text NOT NULL,
	"client_id" text NOT NULL,
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"resource" text NOT NULL,
	"scope" text NOT NULL,
	"state" text,
	"code_challenge" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "client" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"redirect_uris" json NOT NULL,
	"token_endpoint_auth_method" text DEFAULT 'none' NOT NULL,
	"secret_hash" text,
	"metadata" json DEFAULT '{}'::json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"expires_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "code" (
	"code_hash" text PRIMARY KEY NOT NULL,
	"grant_id" text NOT NULL,
	"client_id" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"code_challenge" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "grant" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"person_id" text NOT NULL,
	"client_id" text NOT NULL,
	"scope" text NOT NULL,
	"resource" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"revoked_reason" text
);
--> statement-breakpoint
CREATE TABLE "refresh_token" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"grant_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"spent_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "block" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"email" text NOT NULL,
	"person_id" text,
	"reason" text DEFAULT '' NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "block_email_key" UNIQUE("org_id","email")
);
--> statement-breakpoint
CREATE TABLE "group_person" (
	"org_id" text NOT NULL,
	"group_id" text NOT NULL,
	"email" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "group_person_group_id_email_pk" PRIMARY KEY("group_id","email")
);
--> statement-breakpoint
CREATE TABLE "group" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "group_name_key" UNIQUE("org_id","name"),
	CONSTRAINT "group_org_id_key" UNIQUE("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"invited_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "member" (
	"org_id" text NOT NULL,
	"person_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "member_org_id_person_id_pk" PRIMARY KEY("org_id","person_id"),
	CONSTRAINT "member_role_check" CHECK ("member"."role" in ('owner', 'admin', 'auditor', 'member'))
);
--> statement-breakpoint
CREATE TABLE "organization" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"access_version" bigint DEFAULT 1 NOT NULL,
	"retention_days" integer DEFAULT 90 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"key" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instance" (
	"id" text PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"heartbeat_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "link" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"person_id" text NOT NULL,
	"email" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "person" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_verified_at" timestamp with time zone,
	"name" text DEFAULT '' NOT NULL,
	"password_hash" text,
	"password_changed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"person_id" text NOT NULL,
	"user_agent" text DEFAULT '' NOT NULL,
	"ip" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"authenticated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "throttle" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer DEFAULT 0 NOT NULL,
	"window_ends_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "assignment" (
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"server_id" text NOT NULL,
	"prefixed" boolean NOT NULL,
	"position" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "assignment_portal_id_server_id_pk" PRIMARY KEY("portal_id","server_id"),
	CONSTRAINT "assignment_org_key" UNIQUE("org_id","portal_id","server_id")
);
--> statement-breakpoint
CREATE TABLE "portal_policy" (
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"policy_id" text NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "portal_policy_portal_id_policy_id_pk" PRIMARY KEY("portal_id","policy_id")
);
--> statement-breakpoint
CREATE TABLE "portal" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"instructions" text DEFAULT '' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"contact" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "portal_slug_key" UNIQUE("org_id","slug"),
	CONSTRAINT "portal_org_id_key" UNIQUE("org_id","id"),
	CONSTRAINT "portal_slug_check" CHECK ("portal"."slug" ~ '^[a-z0-9][a-z0-9-]{0,31}$')
);
--> statement-breakpoint
CREATE TABLE "toggle" (
	"org_id" text NOT NULL,
	"portal_id" text NOT NULL,
	"server_id" text NOT NULL,
	"capability_id" text NOT NULL,
	"kind" text NOT NULL,
	"enabled" boolean NOT NULL,
	"decided" boolean DEFAULT true NOT NULL,
	"exposed_name" text NOT NULL,
	CONSTRAINT "toggle_portal_id_capability_id_pk" PRIMARY KEY("portal_id","capability_id")
);
--> statement-breakpoint
CREATE TABLE "capability" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"title" text DEFAULT '' NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"read_only" boolean DEFAULT false NOT NULL,
	"definition" json NOT NULL,
	"fingerprint" text NOT NULL,
	"approved_definition" json,
	"approved_fingerprint" text,
	"warnings" json DEFAULT '[]'::json NOT NULL,
	"position" integer DEFAULT 0 NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone,
	"missing_since" timestamp with time zone,
	CONSTRAINT "capability_org_id_key" UNIQUE("org_id","server_id","id")
);
--> statement-breakpoint
CREATE TABLE "policy" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"action" text NOT NULL,
	"include" json NOT NULL,
	"require" json DEFAULT '[]'::json NOT NULL,
	"exclude" json DEFAULT '[]'::json NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "policy_name_key" UNIQUE("org_id","name"),
	CONSTRAINT "policy_org_id_key" UNIQUE("org_id","id"),
	CONSTRAINT "policy_action_check" CHECK ("policy"."action" in ('allow', 'block'))
);
--> statement-breakpoint
CREATE TABLE "server_policy" (
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"policy_id" text NOT NULL,
	"position" integer NOT NULL,
	CONSTRAINT "server_policy_server_id_policy_id_pk" PRIMARY KEY("server_id","policy_id")
);
--> statement-breakpoint
CREATE TABLE "server" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"url" text NOT NULL,
	"auth" text DEFAULT 'none' NOT NULL,
	"secret" text,
	"secret_fingerprint" text,
	"secret_set_at" timestamp with time zone,
	"access" text DEFAULT 'portal' NOT NULL,
	"call_timeout_ms" integer DEFAULT 60000 NOT NULL,
	"transport" text,
	"era" text,
	"protocol_version" text,
	"probed_at" timestamp with time zone,
	"server_info" json,
	"server_capabilities" json,
	"instructions" text DEFAULT '' NOT NULL,
	"status" text DEFAULT 'waiting' NOT NULL,
	"error_cause" text,
	"error_message" text,
	"notes" json DEFAULT '[]'::json NOT NULL,
	"last_sync_at" timestamp with time zone,
	"last_success_at" timestamp with time zone,
	"next_sync_at" timestamp with time zone,
	"sync_lease_until" timestamp with time zone,
	"sync_progress" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "server_slug_key" UNIQUE("org_id","slug"),
	CONSTRAINT "server_org_id_key" UNIQUE("org_id","id"),
	CONSTRAINT "server_slug_check" CHECK ("server"."slug" ~ '^[a-z0-9][a-z0-9-]{0,11}$')
);
--> statement-breakpoint
ALTER TABLE "access_event" ADD CONSTRAINT "access_event_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_event" ADD CONSTRAINT "audit_event_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call" ADD CONSTRAINT "call_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "access_token" ADD CONSTRAINT "access_token_grant_id_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "authorization" ADD CONSTRAINT "authorization_client_id_client_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."client"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "authorization" ADD CONSTRAINT "authorization_org_id_portal_id_portal_org_id_id_fk" FOREIGN KEY ("org_id","portal_id") REFERENCES "public"."portal"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code" ADD CONSTRAINT "code_grant_id_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_client_id_client_id_fk" FOREIGN KEY ("client_id") REFERENCES "public"."client"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grant" ADD CONSTRAINT "grant_org_id_portal_id_portal_org_id_id_fk" FOREIGN KEY ("org_id","portal_id") REFERENCES "public"."portal"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_grant_id_grant_id_fk" FOREIGN KEY ("grant_id") REFERENCES "public"."grant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "block" ADD CONSTRAINT "block_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "block" ADD CONSTRAINT "block_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group_person" ADD CONSTRAINT "group_person_org_id_group_id_group_org_id_id_fk" FOREIGN KEY ("org_id","group_id") REFERENCES "public"."group"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "group" ADD CONSTRAINT "group_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link" ADD CONSTRAINT "link_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_org_id_portal_id_portal_org_id_id_fk" FOREIGN KEY ("org_id","portal_id") REFERENCES "public"."portal"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "assignment" ADD CONSTRAINT "assignment_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_policy" ADD CONSTRAINT "portal_policy_org_id_portal_id_portal_org_id_id_fk" FOREIGN KEY ("org_id","portal_id") REFERENCES "public"."portal"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_policy" ADD CONSTRAINT "portal_policy_org_id_policy_id_policy_org_id_id_fk" FOREIGN KEY ("org_id","policy_id") REFERENCES "public"."policy"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal" ADD CONSTRAINT "portal_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "toggle" ADD CONSTRAINT "toggle_org_id_portal_id_server_id_assignment_org_id_portal_id_server_id_fk" FOREIGN KEY ("org_id","portal_id","server_id") REFERENCES "public"."assignment"("org_id","portal_id","server_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "toggle" ADD CONSTRAINT "toggle_org_id_server_id_capability_id_capability_org_id_server_id_id_fk" FOREIGN KEY ("org_id","server_id","capability_id") REFERENCES "public"."capability"("org_id","server_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "capability" ADD CONSTRAINT "capability_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "policy" ADD CONSTRAINT "policy_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "server_policy" ADD CONSTRAINT "server_policy_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "server_policy" ADD CONSTRAINT "server_policy_org_id_policy_id_policy_org_id_id_fk" FOREIGN KEY ("org_id","policy_id") REFERENCES "public"."policy"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "server" ADD CONSTRAINT "server_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "access_event_org_idx" ON "access_event" USING btree ("org_id","id");--> statement-breakpoint
CREATE INDEX "access_event_person_idx" ON "access_event" USING btree ("person_id","id");--> statement-breakpoint
CREATE INDEX "audit_event_org_idx" ON "audit_event" USING btree ("org_id","id");--> statement-breakpoint
CREATE INDEX "audit_event_target_idx" ON "audit_event" USING btree ("org_id","target_id","id");--> statement-breakpoint
CREATE INDEX "call_org_idx" ON "call" USING btree ("org_id","id");--> statement-breakpoint
CREATE INDEX "call_person_idx" ON "call" USING btree ("org_id","person_email","id");--> statement-breakpoint
CREATE INDEX "call_portal_idx" ON "call" USING btree ("org_id","portal_id","id");--> statement-breakpoint
CREATE INDEX "call_server_idx" ON "call" USING btree ("org_id","server_id","id");--> statement-breakpoint
CREATE INDEX "call_open_idx" ON "call" USING btree ("instance_id") WHERE "call"."outcome" = 'pending';--> statement-breakpoint
CREATE INDEX "access_token_grant_idx" ON "access_token" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "access_token_expiry_idx" ON "access_token" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "authorization_token_key" ON "authorization" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "grant_person_idx" ON "grant" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "grant_org_idx" ON "grant" USING btree ("org_id","portal_id");--> statement-breakpoint
CREATE INDEX "refresh_token_grant_idx" ON "refresh_token" USING btree ("grant_id");--> statement-breakpoint
CREATE INDEX "refresh_token_expiry_idx" ON "refresh_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "block_person_idx" ON "block" USING btree ("org_id","person_id");--> statement-breakpoint
CREATE INDEX "group_person_email_idx" ON "group_person" USING btree ("org_id","email");--> statement-breakpoint
CREATE UNIQUE INDEX "invitation_token_key" ON "invitation" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "invitation_org_idx" ON "invitation" USING btree ("org_id","created_at");--> statement-breakpoint
CREATE INDEX "member_person_idx" ON "member" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "organization_slug_key" ON "organization" USING btree ("slug");--> statement-breakpoint
CREATE UNIQUE INDEX "link_token_key" ON "link" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "link_person_idx" ON "link" USING btree ("person_id");--> statement-breakpoint
CREATE UNIQUE INDEX "person_email_key" ON "person" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "session_token_key" ON "session" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "session_person_idx" ON "session" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "assignment_server_idx" ON "assignment" USING btree ("server_id");--> statement-breakpoint
CREATE UNIQUE INDEX "toggle_name_key" ON "toggle" USING btree ("portal_id","kind",lower("exposed_name"));--> statement-breakpoint
CREATE INDEX "toggle_capability_idx" ON "toggle" USING btree ("capability_id");--> statement-breakpoint
CREATE UNIQUE INDEX "capability_name_key" ON "capability" USING btree ("server_id","kind","name");--> statement-breakpoint
CREATE INDEX "server_next_sync_idx" ON "server" USING btree ("next_sync_at");