import { createTransport } from "../../../src/transport/create.ts";
import { loopbackHosts, report } from "./run.ts";

/** The same by smc's transport: configuration, known_hosts, deadlines and pools included. */
const [count, port, user = "", , sshConfigFile = ""] = process.argv.slice(2);
const hosts = loopbackHosts(Number(count));

await report(hosts, async hosts => {
  const transport = createTransport({ sshConfigFile });
  const runTrue = async (address: string): Promise<void> => {
    const target = { name: address, address, kind: "ssh", port: Number(port), user } as const;
    const connection = transport.connection({ ...target, connectTimeout: 120_000, hostKeys: "strict" });
    const { ok, end } = await connection.run(["true"], { timeout: 120_000 });
    if (!ok) throw new Error(JSON.stringify(end));
  };
  await Promise.all(hosts.map(runTrue));
  await transport.close();
});
