import { readCount } from "../read-count.ts";
import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";
import { hostsArgument } from "./hosts-argument.ts";
import { pauseOptions } from "./pause-options.ts";
import { consistencyOption, maxDownOption } from "./ring-options.ts";

const words: readonly ArgumentSpecification[] = [
  {
    name: "service",
    summary: "a service whose program smc brings, several as hub,snap",
    required: false,
    complete: "service",
  },
  hostsArgument,
];

/** `smc release`. */
export const releaseCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["release"],
    group: "Whole deployments",
    summary: "Bring programs to another version, in batches behind haproxy, and back",
    description:
      "The version goes beside what runs to all hosts, and is compared there file by file, before anything changes. Then batch by batch: current points at it, each instance is taken out of haproxy, restarted, waited for and put back, and the smoke tests of the services file are asked. A batch in which anything fails goes back by itself, and the release ends there. --out writes what was seen well on a deployment for tests; --from takes those very bytes to another, and refuses what no smoke test has held with.",
    arguments: words,
    options: [
      {
        flags: "--to <version>",
        summary:
          "a git ref where the source is git, else a folder or a tarball of this machine (services file)",
      },
      { flags: "--as <name>", summary: "what the version is called on the hosts" },
      {
        flags: "--batch <n>",
        summary: "so many hosts at once, one instance of each (1)",
        parse: readCount,
      },
      { flags: "--rollback", summary: "back to the version before; it lies on the hosts" },
      { flags: "--out <file>", summary: "write what was released when all smoke tests have held with it" },
      { flags: "--from <file>", summary: "release what is in such a file, and nothing else" },
      ...pauseOptions(),
    ],
    examples: [
      { command: "-d storm release hub --to v1.5 --out hub.json", summary: "on the deployment for tests" },
      { command: "-d cloud release --from hub.json --batch 4", summary: "the same bytes on the main one" },
      { command: "release hub --rollback", summary: "back" },
      { command: "release hub --to v1.5 --dry-run", summary: "every step; hosts are only looked at" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/release/release.ts")).release,
  }),
  defineCommand({
    path: ["release", "packages"],
    group: "Whole deployments",
    summary:
      "Upgrade packages of the distribution, in batches behind haproxy and waves of the ring, and back",
    description:
      "Each host refreshes its lists and says what apt would upgrade; exactly these versions are then installed, and nothing is removed. They are brought to all hosts before any changes. Then batch by batch the instances of the hosts are taken out of haproxy, the packages installed, instances that use a file that was replaced restarted, waited for and put back, and the smoke tests of the services file asked. Hosts of the database go only in the waves that its quorums allow. A batch in which anything fails goes back to the versions before, as far as these can be had. A kernel that waits for a reboot is named; smc reboots nothing.",
    arguments: [hostsArgument],
    options: [
      { flags: "--only <packages>", summary: "these packages, commas between, and what they need" },
      { flags: "--batch <n>", summary: "so many hosts at once (1)", parse: readCount },
      { flags: "--out <file>", summary: "write the versions of all packages when all smoke tests have held" },
      {
        flags: "--from <file>",
        summary: "bring packages to the versions of such a file, and leave others as they are",
      },
      { flags: "--rollback", summary: "back to the versions that the last release kept on the hosts" },
      { flags: "--no-refresh", summary: "plan with the lists of packages that the hosts have" },
      {
        flags: "--restart-all",
        summary: "restart every instance of the hosts, also those that use no file that was replaced",
      },
      {
        flags: "--allow-loss",
        summary: "even where clients would be refused meanwhile",
      },
      consistencyOption,
      maxDownOption,
      ...pauseOptions("host"),
    ],
    examples: [
      { command: "release packages --dry-run", summary: "what would be upgraded, and every step" },
      { command: "-d storm release packages --out packages.json", summary: "on the deployment for tests" },
      {
        command: "-d cloud release packages --from packages.json --batch 2",
        summary: "the same versions on the main one",
      },
      { command: "release packages @web --only nginx-light,openssl --batch 2", summary: "some packages" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/release/packages/packages.ts")).releasePackages,
  }),
  defineCommand({
    path: ["release", "image"],
    group: "Whole deployments",
    summary: "Make VMs anew from another image, in batches behind haproxy, and back",
    description:
      "The image comes to all machines, and is seen whole on each, before any VM changes. Then batch by batch: what runs on the VMs is taken out of haproxy, a database drained, the VM shut down and what it is kept aside; the new one, with the same disks, addresses and ssh host key, is prepared, comes into the VPN, gets its firewall, its secrets and its services, and the smoke tests are asked. A batch in which anything fails is put back as a whole. Root disks are left behind with all that is on them: a database there is refused, files of other programs need --discard-files.",
    arguments: [
      {
        name: "image",
        summary: "the name of an image, or newest; with --from, --rollback and --discard-old the first VM",
        required: false,
      },
      {
        name: "vm",
        summary: "VMs; without any all that the services file lets have the image, or that have a way back",
        required: false,
        variadic: true,
        complete: "host",
      },
    ],
    options: [
      {
        flags: "--batch <n>",
        summary: "so many VMs at once (1); nodes of the ring as far as every quorum is kept",
        parse: readCount,
      },
      { flags: "--rollback", summary: "put back what the VMs were before, exactly as it was" },
      { flags: "--discard-old", summary: "remove what the VMs were before; there is no way back then" },
      { flags: "--out <file>", summary: "write what was released when all smoke tests have held with it" },
      { flags: "--from <file>", summary: "release the images that are in such a file, and no others" },
      {
        flags: "--allow-loss",
        summary: "even where clients would be refused meanwhile",
      },
      { flags: "--discard-files", summary: "even where programs have files on root disks, which are lost" },
      { flags: "--force", summary: "with --rollback: cut the power of VMs that do not shut down" },
      consistencyOption,
      maxDownOption,
      ...pauseOptions("VM"),
    ],
    examples: [
      {
        command: "release image newest --dry-run",
        summary: "which VMs, and every step; hosts are only looked at",
      },
      { command: "-d storm release image newest --out image.json", summary: "on the deployment for tests" },
      {
        command: "-d cloud release image --from image.json --batch 2",
        summary: "the same images on the main one",
      },
      { command: "release image --rollback storm-web3", summary: "that one is what it was before" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/release/image/release-image.ts")).releaseImage,
  }),
  defineCommand({
    path: ["release", "status"],
    group: "Whole deployments",
    summary: "Which version each host has, and the one before",
    description:
      "Exits 0 when every service has one version, 3 when it is mixed, 4 when a host could not be asked.",
    arguments: words,
    examples: [{ command: "release status hub", summary: "one version, or which" }],
    mutates: false,
    load: async () => (await import("../../commands/release/status.ts")).releaseStatus,
  }),
];
