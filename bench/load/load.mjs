// The load generator, a process of its own: it gets one job at a time and tells what came of it. Loopback only.
import { answer } from "../lib/part.mjs";
import { jobs } from "./jobs.mjs";

answer((job) => jobs[job.kind](job));
