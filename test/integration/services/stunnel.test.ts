import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../../helpers/work.ts";
import { renderOf, type SiteWords } from "../../services/support.ts";
import { comesToHold, holds, runWords, startReal, type RunningProgram } from "./real-program.ts";

const ADDRESS = "127.77.0.2";
const TLS_PORT = 28_443;

/** One request over TLS from an address of its own, and the whole answer. */
async function requestFrom(localAddress: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: ADDRESS, port: TLS_PORT, localAddress, rejectUnauthorized: false };
    const socket = connect(options, () => socket.write("GET /hub/x HTTP/1.0\r\n\r\n"));
    const chunks: string[] = [];
    socket.on("data", chunk => chunks.push(String(chunk)));
    socket.on("error", reject);
    socket.on("close", () => resolve(chunks.join("")));
  });
}

describe("stunnel in front of haproxy, as smc renders them", () => {
  const programs: RunningProgram[] = [];
  const seen: IncomingHttpHeaders[] = [];
  const hub = createServer((request, response) => {
    if (request.url === "/hub/x") seen.push(request.headers);
    response.end("hello");
  });
  let site: SiteWords;
  let secrets: Record<string, string>;

  beforeAll(async () => {
    const folder = await makeFolder();
    site = {
      transport: "local",
      stateDirectory: folder,
      hosts: { web1: { address: ADDRESS, dc: "DC0" } },
      ports: { stunnel: TLS_PORT, haproxy: 28_001 },
      services: {
        cassandra: { at: ["web1"] },
        hub: { at: ["web1"] },
        haproxy: { at: ["web1"] },
        stunnel: { at: ["web1"], settings: { certificate: "secret:site.pem" } },
      },
    };
    const pem = join(folder, "site.pem");
    const words = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost";
    const made = await runWords([...words.split(" "), "-keyout", pem, "-out", `${pem}.crt`]);
    if (made.code !== 0) throw new Error(made.output);
    secrets = { "site.pem": (await readFile(pem, "utf8")) + (await readFile(`${pem}.crt`, "utf8")) };
    await new Promise<void>(resolve => hub.listen(5000, ADDRESS, resolve));
    for (const name of ["haproxy@web1", "stunnel@web1"]) {
      const rendered = renderOf(site, name);
      programs.push(await startReal(rendered, secrets));
      await comesToHold(rendered.ready);
    }
  });

  afterAll(async () => {
    for (const program of programs) await program.stop();
    await removeFolder(site.stateDirectory ?? "");
    hub.closeAllConnections();
    hub.close();
  });

  it("tells the hub the address of the client", async () => {
    expect(await requestFrom("127.77.9.9")).toMatch(/^HTTP\/1\.[01] 200 [\s\S]*hello$/);
    expect(seen.at(-1)?.["x-forwarded-for"]).toBe("127.77.9.9");
  });

  it("lets nobody speak plain http to the port of the PROXY protocol", async () => {
    await expect(fetch(`http://${ADDRESS}:28001/hub/x`)).rejects.toThrow("fetch failed");
  });

  it("reads its certificate again without ending", async () => {
    const { ready } = renderOf(site, "stunnel@web1");
    programs[1]?.reload();
    expect(await holds(ready)).toBe(true);
    expect(programs.map(({ child }) => child.exitCode)).toEqual([null, null]);
  });

  it("is not ready when haproxy has gone", async () => {
    await programs[0]?.stop();
    expect(await holds(renderOf(site, "stunnel@web1").ready)).toBe(false);
  });
});
