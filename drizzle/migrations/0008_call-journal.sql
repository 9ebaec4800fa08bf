CREATE TABLE "call_journal" (
	"id" text PRIMARY KEY NOT NULL,
	"lines" text NOT NULL
);
--> statement-breakpoint
-- Compressed in its row: a batch is written once, and mostly gone a moment later.
ALTER TABLE "call_journal" ALTER COLUMN "lines" SET STORAGE MAIN;
