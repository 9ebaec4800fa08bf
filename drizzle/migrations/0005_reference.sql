ALTER TABLE "connect_flow" ADD COLUMN "correlation_id" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "authorization" ADD COLUMN "correlation_id" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "authorization" ADD COLUMN "is_doctor" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "grant" ADD COLUMN "correlation_id" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "grant" ADD COLUMN "is_doctor" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "access_event_correlation_idx" ON "access_event" USING btree ("correlation_id");