import { readFileSync } from "node:fs";
import ssh2 from "ssh2";
import { loopbackHosts, report } from "./run.ts";

/** The yardstick: ssh2 by itself, all hosts at once, any host key accepted, one `true` each. */
const [count, port, user = "", keyFile = ""] = process.argv.slice(2);
const hosts = loopbackHosts(Number(count));

await report(hosts, async hosts => {
  const privateKey = readFileSync(keyFile);
  const runTrue = (host: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      client.on("ready", () => {
        client.exec("true", (error, channel) => {
          if (error) {
            reject(error);
            return;
          }
          channel.on("close", () => client.end()).resume();
          channel.stderr.resume();
        });
      });
      client.on("error", reject).on("close", resolve);
      client.connect({ host, port: Number(port), username: user, privateKey, readyTimeout: 120_000 });
    });
  await Promise.all(hosts.map(runTrue));
});
