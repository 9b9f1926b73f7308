#!/usr/bin/env node
import { Database } from "../shared/database.ts";
import { surviveDriverFaults } from "../shared/driver-fault.ts";
import { createHttpService } from "../shared/http.ts";
import { createLog } from "../shared/log.ts";
import { closeServer, keepPidFile, listen, runProgram, stopOnSignal } from "../shared/program.ts";
import { keepRegistered } from "../shared/registration.ts";
import { SNAP_SCHEMA } from "../shared/schema.ts";
import { parseSnapOptions } from "./options.ts";
import { snapRoutes, type LastSuccess } from "./routes.ts";
import { runOnSchedule } from "./schedule.ts";
import { prune, writeSnapshot } from "./snapshot.ts";

const REGISTER_EVERY_MS = 15_000;
const REGISTERED_FOR_SECONDS = 30;

await runProgram("snap", async () => {
  const options = parseSnapOptions(process.argv.slice(2), process.env);
  const log = createLog(options.logFile);
  const database = new Database({ ...options.database, log, schema: SNAP_SCHEMA });
  const last: LastSuccess = { newest: undefined, at: undefined };
  const http = createHttpService({ baseUrl: "", log, handle: snapRoutes(last, options.intervalMs) });
  const port = await listen(http.server, { host: options.host, port: 0 });
  keepPidFile(options.pidFile);
  log(`snap listens on ${options.host}:${port}, snapshots go to ${options.folder}`);

  surviveDriverFaults(log, () => database.connectAfresh());
  database.start();
  const endRegistration = keepRegistered({
    every: REGISTER_EVERY_MS,
    log,
    register: () =>
      database.execute(
        `INSERT INTO snap_servers (dummy, host, port, newest) VALUES (true, ?, ?, ?) USING TTL ${REGISTERED_FOR_SECONDS}`,
        [options.host, port, last.newest ?? ""],
      ),
  });

  const stop = new AbortController();
  const schedule = runOnSchedule({
    intervalMs: options.intervalMs,
    log,
    signal: stop.signal,
    task: async () => {
      const at = new Date();
      const rows = await database.execute("SELECT key, value FROM hub_values");
      last.newest = await writeSnapshot(
        options.folder,
        at,
        rows.map(row => JSON.stringify(row)),
      );
      last.at = at;
      log(`wrote ${last.newest} with ${rows.length} rows`);
      await prune(options.folder, options.keep);
    },
  });

  stopOnSignal(log, async () => {
    stop.abort();
    endRegistration();
    http.askToClose();
    await Promise.all([schedule, closeServer(http.server)]);
    await database.close();
  });
});
