#!/usr/bin/env node
import { runProgram } from "../shared/program.ts";
import { parseLoadOptions } from "./options.ts";
import { Tally } from "./report.ts";
import { runWorker } from "./worker.ts";

/** Prints one line of JSON at its end; exit code 1 when a request failed or read a wrong value. */
await runProgram("load", async () => {
  const options = parseLoadOptions(process.argv.slice(2));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  if (options.durationMs !== undefined) setTimeout(() => stop.abort(), options.durationMs).unref();

  const tally = new Tally();
  const names = Array.from({ length: options.workers }, (_, index) => `load-${process.pid}-${index}`);
  await Promise.all(names.map(name => runWorker({ ...options, name, tally, signal: stop.signal })));

  const report = tally.report();
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.failed + report.wrong === 0 ? 0 : 1;
});
