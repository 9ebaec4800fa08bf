CREATE TABLE "notice_channel" (
	"org_id" text NOT NULL,
	"channel" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"url" text,
	"secret" text,
	"secret_fingerprint" text,
	"previous_secret" text,
	"previous_until" timestamp with time zone,
	"secret_set_at" timestamp with time zone,
	"batch_id" text,
	"batch_since" timestamp with time zone,
	"reached" json DEFAULT '[]'::json NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_at" timestamp with time zone,
	"lease_until" timestamp with time zone,
	"last_success_at" timestamp with time zone,
	"last_error" text,
	"last_error_at" timestamp with time zone,
	CONSTRAINT "notice_channel_org_id_channel_pk" PRIMARY KEY("org_id","channel"),
	CONSTRAINT "notice_channel_check" CHECK ("notice_channel"."channel" in ('mail', 'webhook'))
);
--> statement-breakpoint
CREATE TABLE "notice_delivery" (
	"org_id" text NOT NULL,
	"notice_id" text NOT NULL,
	"channel" text NOT NULL,
	"state" text NOT NULL,
	"batch_id" text,
	"settled_at" timestamp with time zone,
	CONSTRAINT "notice_delivery_notice_id_channel_pk" PRIMARY KEY("notice_id","channel"),
	CONSTRAINT "notice_delivery_state_check" CHECK ("notice_delivery"."state" in ('waiting', 'sent', 'given_up', 'off'))
);
--> statement-breakpoint
CREATE TABLE "notice" (
	"id" text PRIMARY KEY NOT NULL,
	"org_id" text NOT NULL,
	"kind" text NOT NULL,
	"topic" text NOT NULL,
	"server_id" text NOT NULL,
	"server_name" text NOT NULL,
	"detail" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notice_org_id_key" UNIQUE("org_id","id")
);
--> statement-breakpoint
CREATE TABLE "trouble" (
	"org_id" text NOT NULL,
	"server_id" text NOT NULL,
	"topic" text NOT NULL,
	"kind" text NOT NULL,
	"detail" text NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL,
	"told" text,
	CONSTRAINT "trouble_server_id_topic_pk" PRIMARY KEY("server_id","topic"),
	CONSTRAINT "trouble_topic_check" CHECK ("trouble"."topic" in ('lists', 'calls', 'account'))
);
--> statement-breakpoint
ALTER TABLE "notice_channel" ADD CONSTRAINT "notice_channel_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice_delivery" ADD CONSTRAINT "notice_delivery_org_id_notice_id_notice_org_id_id_fk" FOREIGN KEY ("org_id","notice_id") REFERENCES "public"."notice"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notice" ADD CONSTRAINT "notice_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trouble" ADD CONSTRAINT "trouble_org_id_server_id_server_org_id_id_fk" FOREIGN KEY ("org_id","server_id") REFERENCES "public"."server"("org_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notice_delivery_waiting_idx" ON "notice_delivery" USING btree ("org_id","channel") WHERE "notice_delivery"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "notice_org_idx" ON "notice" USING btree ("org_id","id");--> statement-breakpoint
CREATE INDEX "trouble_org_idx" ON "trouble" USING btree ("org_id");