import { describe, expect, it } from "vitest";
import { parseOld } from "./old-parser.ts";
import { asOldSite, comparable, importedSite, importedText, readPair, runImport } from "./support.ts";

const FOLDERS = [
  ["cloud-19node-2013-10-15", 50],
  ["cloud-4node-2013-10-04", 50],
  ["local-2013-10-04", 30],
  ["project-2013-10-04", 35],
  ["storm-19node-2013-10-06", 60],
  ["storm-4node-2013-10-04", 55],
] as const;

/** What the lines that read a JSON file come to when the site is loaded. */
const GIVEN = {
  project_id: "id-of-(SAGEMATHCLOUD)/info.json",
  base_url: "/id-of-(SAGEMATHCLOUD)/info.json/port/8400",
};

describe("the real inventories", () => {
  it.each(FOLDERS)("%s expands to what the old parser gave", folder => {
    const pair = readPair(folder);
    const old = parseOld({ ...pair, given: folder.startsWith("project") ? GIVEN : {} });
    expect(comparable(asOldSite(importedSite(pair)), old.names)).toEqual(comparable(old, old.names));
  });

  it.each(FOLDERS)("%s becomes at most %i lines, ranges and not one row a host", (folder, most) => {
    expect(importedText(readPair(folder)).split("\n").length).toBeLessThanOrEqual(most);
  });

  it("gives each database node its own name, wherever its line has it", () => {
    const names = [...importedSite(readPair("cloud-19node-2013-10-15")).hosts.keys()];
    expect(names.filter(name => name.startsWith("cassandra"))).toHaveLength(19);
  });

  it("keeps the names of another machine's environment as references", () => {
    const text = importedText(readPair("project-2013-10-04"));
    expect(text).toContain(`base_url: "/\${json:\${env:SAGEMATHCLOUD}/info.json#/project_id}/port/8400"`);
    expect(text).toContain(`dir: "/scratch/\${env:USER}/snap"`);
  });

  it("takes a given value for the whole assignment", () => {
    const text = importedText(readPair("project-2013-10-04"), ["project_id=abc", "port=9000"]);
    expect(text).toContain("base_url: /abc/port/9000");
    expect(text).toContain("nginx: 9005");
  });

  it("says what it left out", () => {
    const { notes } = runImport(readPair("storm-4node-2013-10-04"));
    expect(notes).toContain("rows that were commented out are left out: 3");
    expect(notes).toContain("vm: vnc: left out, smc has consoles of its own (storm-compute1a)");
  });
});

describe("what rows leave open", () => {
  const hosts = "10.1.1.1 kvm-host dc1 cloud1\n10.1.1.2 cassandra db1\n10.1.2.2 cassandra db2\n";

  it("puts nodes without a topology where the old tool put them", () => {
    const services = "[vm]\ncloud1 {'hostname':'db1'}\n[cassandra]\ndb1 {'seed':True}\ndb2\n";
    const { topology } = asOldSite(importedSite({ hosts, services }));
    expect(topology).toEqual({ "10.1.1.2": "DC0:RAC0", "10.1.2.2": "DC0:RAC0" });
  });

  it("says that it chooses the seeds where no row is one", () => {
    const { notes } = runImport({ hosts, services: "[cassandra]\ncassandra\n" });
    expect(notes).toContain("no row is a seed; smc takes the first two nodes of each data centre");
  });

  it("leaves out a section without rows that smc knows nothing of", () => {
    const pair = { hosts, services: "[sagenb] {'port':80}\n[nginx]\n[hub]\ndb1\n" };
    expect([...importedSite(pair).services.keys()]).toEqual(["hub"]);
    expect(importedText(pair)).toContain('nginx: {at: "@all", state: absent}');
    expect(runImport(pair).notes).toContain("[sagenb] has no rows and is left out");
  });
});

describe("odd hosts and rows", () => {
  it("gives an address that follows no name to its own host alone", () => {
    const text = importedText({ hosts: "10.1.1.7 db a1\n10.1.1.9 db a2\n", services: "[snap]\ndb\n" });
    expect(text).toContain("a1: {vpn: 10.1.1.7}");
    expect(text).toContain("a2: {vpn: 10.1.1.9}");
  });

  const hosts = [
    "10.1.1.1 kvm-host cloud1",
    "h-9 hub web9",
    "10.1.1.2 hub 1",
    "10.1.1.3 hub 0",
    "10.1.1.4 hub 007",
    "10.1.1.5 hub null",
  ].join("\n");
  const vm = "[vm]\ncloud1 {'hostname':'web9'}\n";

  it("keeps hosts whose names are numbers apart", () => {
    const { hosts: found } = importedSite({ hosts, services: vm });
    const named = [...found.values()].map(({ name, address }) => `${name} ${address}`);
    expect(named.toSorted()).toEqual(
      ["cloud1 10.1.1.1", "web9 h-9", "1 10.1.1.2", "0 10.1.1.3", "007 10.1.1.4", "null 10.1.1.5"].toSorted(),
    );
  });

  it("keeps what looks like a reference as the text that it was", () => {
    const services = "[vm]\ncloud1 {'hostname':'web9', 'base':'a${x}b$${y}'}\n";
    expect(importedSite({ hosts, services }).hosts.get("web9")?.vm?.image).toBe("a${x}b$${y}");
  });

  it("lists instances of services that smc does not count", () => {
    const services = "[snap]\nhub {'id':0}\nhub {'id':1}\n[nginx]\nhub {'id':'1'}\nhub {'port':81}\n";
    const ids = importedSite({ hosts, services }).instances.map(({ service, id, ports }) => [
      service,
      id,
      ports,
    ]);
    expect(ids.slice(0, 2)).toEqual([
      ["snap", 0, {}],
      ["snap", 1, {}],
    ]);
    expect(ids.filter(([service]) => service === "nginx").slice(0, 2)).toEqual([
      ["nginx", 0, { nginx: 81 }],
      ["nginx", 1, { nginx: 8080 }],
    ]);
  });

  it("has one node of the database on a host, whatever its ids", () => {
    const services = "[cassandra]\n1 {'id':1, 'seed':True}\n0\n0 {'id':1, 'rpc_port':9161}\n";
    const { instances } = importedSite({ hosts, services });
    expect(instances.map(({ host, id }) => `${host} ${id}`).toSorted()).toEqual(["0 0", "1 0"]);
  });

  it("takes the later of two rows for a host, by its name or its address", () => {
    const services =
      "[snap]\n10.1.1.2 {'snap_dir':'/a'}\nhub {'snap_dir':'/b'}\n0 {'snap_dir':'/c'}\n10.1.1.3 {'snap_dir':'/d'}\n";
    const { instances } = importedSite({ hosts, services });
    const dirs = new Map(instances.map(({ host, settings }) => [host, settings["dir"]]));
    expect([dirs.get("1"), dirs.get("0"), dirs.get("007")]).toEqual(["/a", "/d", "/b"]);
  });

  it("warns once of a row whose hosts have another", () => {
    const { problems } = runImport({ hosts, services: "[snap]\nhub\nhub {'snap_dir':'/b'}\n" });
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      "3: snap 0 on h-9,[0-1,007],null has two rows; this one goes over the other",
    ]);
  });

  it("says that it left out the ids of a service of the site's own", () => {
    const { notes } = runImport({ hosts, services: "[backup]\nhub {'id':3}\n" });
    expect(notes).toContain("backup: ids: left out, smc counts instances from 0 ([0-1,007],h-9,null)");
  });
});
