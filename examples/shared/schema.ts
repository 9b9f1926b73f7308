/**
 * The tables of the example programs. The ids are fixed, because many hubs start at once: two nodes that create the
 * same table at the same moment would otherwise give it two different ids, which Cassandra cannot mend by itself.
 */
const values = `CREATE TABLE IF NOT EXISTS hub_values (key varchar PRIMARY KEY, value varchar)
  WITH ID = 5a6d2b90-0000-11f0-8000-736d63000001`;

const hubServers = `CREATE TABLE IF NOT EXISTS hub_servers (
  dummy boolean, host varchar, port int, clients int, PRIMARY KEY (dummy, host, port)
) WITH ID = 5a6d2b90-0000-11f0-8000-736d63000002 AND gc_grace_seconds = 3600`;

const snapServers = `CREATE TABLE IF NOT EXISTS snap_servers (
  dummy boolean, host varchar, port int, newest varchar, PRIMARY KEY (dummy, host, port)
) WITH ID = 5a6d2b90-0000-11f0-8000-736d63000003 AND gc_grace_seconds = 3600`;

/** Which compute servers may have projects: smc compute writes it, from the services file. */
const computeServers = `CREATE TABLE IF NOT EXISTS compute_servers (
  dummy boolean, host varchar, status varchar, running boolean, score int, PRIMARY KEY (dummy, host)
) WITH ID = 5a6d2b90-0000-11f0-8000-736d63000004`;

/** What a hub needs; each statement does nothing when its table is there. */
export const HUB_SCHEMA: readonly string[] = [values, hubServers, snapServers, computeServers];

/** What a snap needs. */
export const SNAP_SCHEMA: readonly string[] = [values, snapServers];
