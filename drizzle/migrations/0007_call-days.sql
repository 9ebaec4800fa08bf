CREATE TABLE "call_day" (
	"org_id" text NOT NULL,
	"day" date NOT NULL,
	"calls" integer NOT NULL,
	"problems" integer NOT NULL,
	CONSTRAINT "call_day_org_id_day_pk" PRIMARY KEY("org_id","day")
);
--> statement-breakpoint
ALTER TABLE "call_day" ADD CONSTRAINT "call_day_org_id_organization_id_fk" FOREIGN KEY ("org_id") REFERENCES "public"."organization"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_problem_idx" ON "call" USING btree ("org_id","id") WHERE "call"."outcome" not in ('ok', 'pending');