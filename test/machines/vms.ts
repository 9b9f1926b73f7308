import { loadInventory } from "../../src/inventory/load.ts";
import type { Deployment } from "../../src/inventory/model.ts";
import { vmsOf, type Vm } from "../../src/machines/vm.ts";
import { formats } from "../../src/services/formats.ts";

const FILE = `smc: 1
default: storm
defaults:
  user: salvus
  vm:
    image: {newest: "salvus-*"}
    authorized_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 operator"]
machines:
  cloud[1-3]: {dc: DC0, vpn: "10.1.{n}.1", ram: 64GB, cores: 16, disk: 2TB}
deployments:
  storm:
    site: storm.example
    vms:
      db[1-3]: {at: "cloud{n}", role: cassandra, vpn: "10.2.{n}.2", vcpus: 2, ram: 4GB, disks: {cassandra: 8GB}}
      web1: {at: cloud1, role: web, vpn: 10.2.1.3, vcpus: 1, ram: 2GB, disks: {snap: {size: 16GB, fs: xfs, format: raw}, raw: {device: /dev/sdb1}}}
      far: {at: cloud2, vpn: 10.9.9.9, driver: gce}
    services:
      cassandra: {at: "@cassandra", seeds: [db1], replication: {site: {DC0: 3}}}
      waiter: {at: "@web", command: [sleep, "600"]}
`;

/** Three database VMs on three machines and a web VM beside the first; one that somebody else runs. */
export function stormDeployment(change: (file: string) => string = file => file): Deployment {
  const resolvers = { env: () => undefined, json: () => ({ failed: "none" }), hasSecret: () => true };
  const { inventory, problems } = loadInventory({
    text: change(FILE),
    file: "services.yaml",
    formats,
    resolvers,
  });
  const deployment = inventory?.deployments.get("storm");
  if (deployment === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return deployment;
}

export function vmNamed(name: string, deployment: Deployment = stormDeployment()): Vm {
  const vm = vmsOf(deployment).find(candidate => candidate.name === name);
  if (vm === undefined) throw new Error(`no VM ${name}`);
  return vm;
}
