CREATE TABLE "connect_flow" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"person_id" text NOT NULL,
	"is_shared" boolean NOT NULL,
	"binding_hash" text NOT NULL,
	"secret" text NOT NULL,
	"return_to" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "connection" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"person_id" text,
	"kind" text NOT NULL,
	"issuer" text,
	"secret" text NOT NULL,
	"fingerprint" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"account" text DEFAULT '' NOT NULL,
	"expires_at" timestamp with time zone,
	"renews" boolean DEFAULT false NOT NULL,
	"last_error" text,
	"last_error_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "upstream_client" (
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"issuer" text NOT NULL,
	"client_id" text NOT NULL,
	"origin" text NOT NULL,
	"secret" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "upstream_client_server_id_issuer_pk" PRIMARY KEY("server_id","issuer")
);
--> statement-breakpoint
ALTER TABLE "assignment" ADD COLUMN "account" text DEFAULT 'shared' NOT NULL;--> statement-breakpoint
ALTER TABLE "server" ADD COLUMN "oauth" json;--> statement-breakpoint
ALTER TABLE "connect_flow" ADD CONSTRAINT "connect_flow_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connect_flow" ADD CONSTRAINT "connect_flow_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connection" ADD CONSTRAINT "connection_person_id_person_id_fk" FOREIGN KEY ("person_id") REFERENCES "public"."person"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connection" ADD CONSTRAINT "connection_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upstream_client" ADD CONSTRAINT "upstream_client_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "connect_flow_expiry_idx" ON "connect_flow" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "connection_person_key" ON "connection" USING btree ("server_id","person_id") WHERE "connection"."person_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "connection_shared_key" ON "connection" USING btree ("server_id") WHERE "connection"."person_id" is null;--> statement-breakpoint
CREATE INDEX "connection_person_idx" ON "connection" USING btree ("person_id");