#!/usr/bin/env node
import { Database } from "../shared/database.ts";
import { surviveDriverFaults } from "../shared/driver-fault.ts";
import { createHttpService } from "../shared/http.ts";
import { createLog } from "../shared/log.ts";
import { closeServer, keepPidFile, listen, runProgram, stopOnSignal } from "../shared/program.ts";
import { keepRegistered } from "../shared/registration.ts";
import { HUB_SCHEMA } from "../shared/schema.ts";
import { parseHubOptions } from "./options.ts";
import { hubRoutes, proxyRoutes } from "./routes.ts";
import { createStatistics } from "./statistics.ts";

const REGISTER_EVERY_MS = 30_000;
const REGISTERED_FOR_SECONDS = 60;

await runProgram("hub", async () => {
  const options = parseHubOptions(process.argv.slice(2), process.env);
  const log = createLog(options.logFile);
  const database = new Database({ ...options.database, log, schema: HUB_SCHEMA });
  const statistics = createStatistics(database);
  const hub = createHttpService({
    baseUrl: options.baseUrl,
    log,
    handle: hubRoutes(database, statistics, log),
  });
  const proxy = createHttpService({ baseUrl: options.baseUrl, log, handle: proxyRoutes(options.id) });

  await listen(hub.server, { host: options.host, port: options.port });
  await listen(proxy.server, { host: options.host, port: options.proxyPort });
  keepPidFile(options.pidFile);
  log(`hub ${options.id} listens on ${options.host}:${options.port} and :${options.proxyPort}`);

  surviveDriverFaults(log, () => database.connectAfresh());
  database.start();
  const endRegistration = keepRegistered({
    every: REGISTER_EVERY_MS,
    log,
    register: () =>
      database.execute(
        `INSERT INTO hub_servers (dummy, host, port, clients) VALUES (true, ?, ?, 0) USING TTL ${REGISTERED_FOR_SECONDS}`,
        [options.host, options.port],
      ),
  });

  stopOnSignal(log, async () => {
    endRegistration();
    hub.askToClose();
    proxy.askToClose();
    await Promise.all([closeServer(hub.server), closeServer(proxy.server)]);
    await database.close();
  });
});
