import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { evenTokens } from "../../../src/services/cassandra/ring.ts";
import { deploymentOf } from "../../helpers/site.ts";
import { nodeContext, textOf } from "../../helpers/cassandra-node.ts";

describe("the cassandra.yaml of a node", () => {
  it("has the host's address, the deployment's ports, folders below data_dir, and the seeds", () => {
    const yaml = yamlOf({ data_dir: "/mnt/cassandra", seeds: ["db3", "db1"] });
    expect(yaml).toMatchObject({
      cluster_name: "test",
      num_tokens: 16,
      listen_address: "127.9.0.1",
      rpc_address: "127.9.0.1",
      storage_port: 7000,
      native_transport_port: 9042,
      data_file_directories: ["/mnt/cassandra/data"],
      commitlog_directory: "/mnt/cassandra/commitlog",
      endpoint_snitch: "GossipingPropertyFileSnitch",
      authenticator: "AllowAllAuthenticator",
      seed_provider: [{ parameters: [{ seeds: "127.9.0.3,127.9.0.1" }] }],
    });
  });

  it("keeps the data of nodes apart that share a machine", () => {
    const settings = { data_dir: "/mnt/cassandra" };
    const shared = cassandra.render(nodeContext(settings, { transport: "local" }));
    const alone = cassandra.render(nodeContext(settings, { transport: "local", hosts: ["db1"] }));
    expect(shared.command.directory).toBe("/mnt/cassandra/db1");
    expect(alone.command.directory).toBe("/mnt/cassandra");
  });

  it("takes the first two nodes of a data centre for seeds where none are named", () => {
    expect(yamlOf({})).toMatchObject({ seed_provider: [{ parameters: [{ seeds: "127.9.0.1,127.9.0.2" }] }] });
  });

  it("refuses a seed that is no host", () => {
    expect(() => yamlOf({ seeds: ["db9"] })).toThrow("cassandra has the seed db9, which is no host of test");
  });

  it("turns logins on with auth: password", () => {
    expect(yamlOf({ auth: "password" })).toMatchObject({
      authenticator: "PasswordAuthenticator",
      authorizer: "CassandraAuthorizer",
      role_manager: "CassandraRoleManager",
    });
  });

  it("has only keys that the release takes", () => {
    expect(yamlOf({ version: "5.0.6" })).not.toHaveProperty("start_rpc");
    expect(yamlOf({ version: "4.0.17" })).toMatchObject({ commitlog_sync_period_in_ms: 10_000 });
    expect(yamlOf({ version: "3.11.17" })).toMatchObject({ start_rpc: true, rpc_port: 9160 });
    expect(yamlOf({ version: "2.1.22" })).not.toHaveProperty("hints_directory");
  });

  it("lets config: have the last word", () => {
    const config = { disk_failure_policy: "die", hinted_handoff_enabled: false };
    expect(yamlOf({ version: "5.0.6", config })).toMatchObject(config);
  });

  it("leaves out what the release that smc takes does not know, and says so", () => {
    const text = fileOf({ config: { thrift_framed_transport_size_in_mb: 99 } }, "cassandra.yaml");
    expect(parse(text)).not.toHaveProperty("thrift_framed_transport_size_in_mb");
    expect(text).toMatch(
      /^# thrift_framed_transport_size_in_mb was removed after Cassandra 3.11.*: left out$/m,
    );
  });

  it("spreads one token a node evenly over the ring with tokens: even", () => {
    const third = 2n ** 64n / 3n;
    const ring = deploymentOf({ cassandra: ["db1", "db2", "db3"] });
    const tokens = [...evenTokens(ring).values()];
    expect(tokens).toEqual([-(2n ** 63n), third - 2n ** 63n, 2n ** 65n / 3n - 2n ** 63n]);
    expect(yamlOf({ tokens: "even" })).toMatchObject({ initial_token: String(tokens[0]), num_tokens: 1 });
  });

  it("names as many tokens as initial_token has", () => {
    expect(yamlOf({ num_tokens: 256, initial_token: 0 })).toMatchObject({
      initial_token: "0",
      num_tokens: 1,
    });
  });

  it("names secrets in config: and holds none", () => {
    const config = { client_encryption_options: { keystore_password: { secret: "tls/keystore" } } };
    const text = fileOf({ version: "5.0.6", config }, "cassandra.yaml");
    expect(text).toContain("keystore_password: '${tls/keystore}'");
  });
});

describe("the other files of a node", () => {
  it("say data centre and rack, the service's own rack first", () => {
    expect(fileOf({}, "cassandra-rackdc.properties")).toBe("dc=DC0\nrack=RAC0\n");
    expect(fileOf({ rack: "r9" }, "cassandra-rackdc.properties")).toBe("dc=DC0\nrack=r9\n");
  });

  it("give the JVM the heap that the services file says, or Cassandra's own share of the host's memory", () => {
    expect(fileOf({ heap: { max: "500MB", new: "256MB" } }, "jvm.options")).toMatch(
      /^-Xms500m\n-Xmx500m\n-Xmn256m\n/,
    );
    const host = { ram: 8 * 1024 ** 3 };
    expect(textOfFile(nodeContext({}, { host }), "jvm.options")).toMatch(/^-Xms2048m\n-Xmx2048m\n/);
  });

  it("let jvm_options choose another garbage collector and quote what has spaces", () => {
    const options = fileOf({ jvm_options: ["-XX:+UseSerialGC", '-Dx=a "b"'] }, "jvm.options").split("\n");
    expect(options).not.toContain("-XX:+UseG1GC");
    expect(options.slice(-3)).toEqual(["-XX:+UseSerialGC", String.raw`"-Dx=a \"b\""`, ""]);
  });

  it("allow a security manager where Cassandra sets one and Java would refuse it", () => {
    const allow = "-Djava.security.manager=allow";
    expect(fileOf({ version: "4.1.10" }, "jvm.options")).toContain(allow);
    expect(fileOf({ version: "4.1.10", java_version: 11 }, "jvm.options")).not.toContain(allow);
    expect(fileOf({ version: "5.0.6" }, "jvm.options")).not.toContain(allow);
  });

  it("keep JMX on loopback, and nodes that are themselves on loopback apart", () => {
    const remote = nodeContext({}, { host: { address: "10.1.1.2" } });
    expect(textOfFile(remote, "jvm.options")).toContain("-Dcassandra.jmx.local.port=7199\n");
    expect(textOfFile(remote, "nodetool")).toContain("-h 127.0.0.1 -p 7199");
    expect(fileOf({}, "jvm.options")).toContain("-Dcom.sun.management.jmxremote.host=127.9.0.1\n");
    expect(fileOf({}, "nodetool")).toContain("-h 127.9.0.1 -p 7199");
  });

  it("start the release of the node itself with the Java that was chosen", () => {
    const launcher = fileOf({ version: "4.1.10", java_home: "/opt/jdk 17" }, "cassandra");
    expect(launcher).toContain("/opt/smc/cassandra/4.1.10/lib/jamm-*.jar");
    expect(launcher).toContain("'/opt/jdk 17/bin/java'");
  });
});

describe("a node as the planners see it", () => {
  it("is software of its release from Maven unless the services file has another source", () => {
    expect(cassandra.render(nodeContext()).software).toEqual({
      kind: "artefact",
      artefact: {
        name: "cassandra",
        version: "5.0.6",
        source: { kind: "maven", coordinates: "org.apache.cassandra:cassandra-all:5.0.6" },
      },
      folder: "/opt/smc/cassandra",
    });
    const folder = { version: "4.1.10", source: { folder: "/srv/cassandra" } };
    expect(cassandra.render(nodeContext(folder)).software).toMatchObject({
      artefact: { version: "4.1.10", source: { kind: "folder", path: "/srv/cassandra" } },
    });
  });

  it("is ready when it answers a query on its own address to one of its logins", () => {
    const settings = { auth: "password", users: { salvus: { superuser: true } } };
    expect(cassandra.render(nodeContext(settings)).ready).toMatchObject({
      kind: "cql",
      endpoint: {
        address: "127.9.0.1",
        port: 9042,
        logins: [
          { user: "salvus", password: { secret: "cassandra/salvus" } },
          { user: "cassandra", password: { text: "cassandra" } },
        ],
      },
    });
  });

  it("joins in turn unless it has joined before, and sees the whole ring", () => {
    const { turn, ring } = cassandra.render(nodeContext());
    expect(turn).toMatchObject({ group: "cassandra-join", unless: { kind: "command" } });
    expect(ring).toMatchObject({ kind: "ring", nodes: 3 });
  });

  it("sends its clients away from 5.0 on, whatever nodetool says, and lets them in again", () => {
    const { sendAway } = cassandra.render(nodeContext({ run_as: "cassandra" }));
    const tool = "/etc/smc/test/cassandra/nodetool";
    expect(sendAway?.out).toMatchObject({ kind: "run", runAs: "cassandra" });
    const words = sendAway?.out.kind === "run" ? sendAway.out.argv : [];
    expect(words.join(" ")).toMatch(
      /disablebinary --force \|\| echo .*\/etc\/smc\/test\/cassandra\/nodetool$/,
    );
    expect(sendAway?.back).toEqual({ kind: "run", argv: [tool, "enablebinary"], runAs: "cassandra" });
    expect(cassandra.render(nodeContext({ version: "4.1.10" })).sendAway).toBeUndefined();
  });

  it("is drained by its own nodetool, as the account that it runs as", () => {
    const { beforeStop } = cassandra.render(nodeContext({ run_as: "cassandra" }));
    expect(beforeStop).toEqual([
      {
        title: "drain cassandra@db1",
        action: { kind: "run", argv: ["/etc/smc/test/cassandra/nodetool", "drain"], runAs: "cassandra" },
      },
    ]);
  });

  it("raises no limits on a machine where smc has no right to", () => {
    expect(cassandra.render(nodeContext({}, { transport: "local" })).command.limits).toEqual({});
    expect(cassandra.render(nodeContext()).command.limits).toMatchObject({ n: 1_048_576 });
  });

  it("tells how many nodes its clients can do without", () => {
    const ring = deploymentOf({ cassandra: ["db1", "db2", "db3"] });
    const withReplicas = (replication: unknown) => ({
      ...ring,
      services: new Map([
        ["cassandra", { name: "cassandra", settings: { replication }, hosts: ["db1", "db2", "db3"] }],
      ]),
    });
    expect(cassandra.mayBeDown?.(withReplicas({ salvus: { DC0: 3, DC1: 5 } }))).toBe(1);
    expect(cassandra.mayBeDown?.(withReplicas({ salvus: { DC0: 3 }, other: { DC0: 1 } }))).toBe(0);
    expect(cassandra.mayBeDown?.(ring)).toBe(0);
  });

  it("gives the steps of a new ring's set-up an endpoint, and rows that tell that they were done", () => {
    const settings = { auth: "password", users: { salvus: { superuser: true } }, drop_users: ["cassandra"] };
    const steps = cassandra.setup?.(nodeContext(settings)) ?? [];
    expect(steps.map(step => step.title)).toEqual([
      "keep logins on 1 in DC0",
      "keep logins on 2 in DC0",
      "keep logins on 3 in DC0",
      "make the database user salvus",
      "drop the database user cassandra",
    ]);
    expect(steps.at(-1)?.action).toMatchObject({ endpoint: { logins: [{ user: "salvus" }] } });
    expect(steps.at(-1)?.done).toMatchObject({ kind: "cql", rows: String.raw`^\[\]$` });
  });
});

function yamlOf(settings: Readonly<Record<string, unknown>>): unknown {
  return parse(fileOf(settings, "cassandra.yaml"));
}

function fileOf(settings: Readonly<Record<string, unknown>>, name: string): string {
  return textOfFile(nodeContext(settings), name);
}

function textOfFile(context: ReturnType<typeof nodeContext>, name: string): string {
  const file = cassandra.render(context).files.find(({ path }) => path.endsWith(`/${name}`));
  if (file === undefined) throw new Error(`no file ${name}`);
  return textOf(file.content);
}

describe("the JMX of a node", () => {
  const control = (...jvm_options: string[]) => cassandra.render(nodeContext({ jvm_options })).control;

  it("is at smc's port, and where the options of the services file open it", () => {
    expect(control()).toEqual({ name: "JMX", ports: [7199], password: false });
    expect(
      control("-Dcassandra.jmx.remote.port=7299", "-Dcom.sun.management.jmxremote.rmi.port=7300")?.ports,
    ).toEqual([7199, 7299, 7300]);
  });

  it("asks for a password when the last word says so", () => {
    const asks = (word: string): string => `-Dcom.sun.management.jmxremote.authenticate=${word}`;
    expect(control(asks("true"))?.password).toBe(true);
    expect(control(asks("true"), asks("false"))?.password).toBe(false);
  });
});
