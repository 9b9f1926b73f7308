/** A ring that is quick to start on a small machine; not for a real one. */
export const smallCassandra = {
  num_tokens: 16,
  heap: { max: "384MB" },
  jvm_options: [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dcassandra.ring_delay_ms=5000",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
  ],
  config: {
    // A machine that several tests share is slow at times, and that is no failure of what is tested.
    write_request_timeout: "8s",
    read_request_timeout: "8s",
    memtable_heap_space: "64MiB",
    memtable_offheap_space: "64MiB",
    commitlog_total_space: "128MiB",
  },
};

/** The services of a whole site on `db1` to `db3` and `web1`, its hub and snap from a folder of `stagePrograms`. */
export function smallSite(programs: string): Record<string, Record<string, unknown>> {
  const source = { folder: programs, version: "1" };
  return {
    cassandra: {
      ...smallCassandra,
      at: "db[1-3]",
      version: "5.0.6",
      rack: "RAC0",
      seeds: ["db1", "db2"],
      auth: "password",
      replication: { lab: { DC0: 3 }, system_auth: { DC0: 3 } },
      users: {
        operator: { superuser: true },
        hub: { grant: { lab: "all" } },
        snap: { grant: { lab: "all" } },
      },
      drop_users: ["cassandra"],
    },
    hub: { at: "web1", instances: 2, keyspace: "lab", source, command: "node hub/hub.ts nodaemon" },
    snap: { at: "web1", keyspace: "lab", interval: "10s", source, command: "node snap/snap.ts nodaemon" },
    nginx: { at: "web1" },
    haproxy: { at: "web1", redirect_http: false, insecure_testing_port: 8001 },
  };
}
