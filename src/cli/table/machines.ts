import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";
import { readCount } from "../read-count.ts";

const group = "Machines";

const vmWords: ArgumentSpecification = {
  name: "vm",
  summary: "VMs: names, @role, web[1-7], globs, !excluded; all without any",
  required: false,
  variadic: true,
  complete: "host",
};

const machineWords: ArgumentSpecification = {
  name: "machine",
  summary: "machines; all that carry VMs without any",
  required: false,
  variadic: true,
  complete: "host",
};

const imageWord: ArgumentSpecification = { name: "image", summary: "the name of an image", required: true };

/** `smc prepare`, `smc image build | push | list | verify | prune`, and `smc vm create | destroy | list | resize | console`; they are started and stopped as services are. */
export const machineCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["prepare"],
    group,
    summary: "Give hosts what their services and VMs need",
    description:
      "Packages by role, groups, folders, time service, kernel settings, limits and the name, from a bare Debian or Ubuntu with ssh. What a host has is left alone; smc doctor names what it has not.",
    arguments: [
      {
        name: "host",
        summary: "hosts: names, @role, web[1-7], globs, !excluded",
        required: true,
        variadic: true,
        complete: "host",
      },
    ],
    examples: [
      { command: "prepare cloud22 --dry-run", summary: "what a new machine would get" },
      { command: "prepare @machines", summary: "all of them, side by side" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/prepare.ts")).prepare,
  }),
  defineCommand({
    path: ["vm", "create"],
    group,
    summary: "Make VMs, and start none",
    description:
      "Overlay, seed and definition, and each persistent disk that is not there, formatted once. What is there stays as it is. smc start vm does this too.",
    arguments: [vmWords],
    examples: [
      { command: "vm create 'storm-web[1-3]'", summary: "on the machines that the services file says" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/vm/change.ts")).createVms,
  }),
  defineCommand({
    path: ["vm", "list"],
    group,
    summary: "The VMs as their machines see them",
    description: "State, address, image and what they take on disk. Exits 4 when a machine does not tell.",
    arguments: [vmWords],
    examples: [{ command: "vm list", summary: "all of the deployment" }],
    mutates: false,
    load: async () => (await import("../../commands/vm/list.ts")).listVms,
  }),
  defineCommand({
    path: ["vm", "resize"],
    group,
    summary: "Let disks grow to the size that the services file says",
    description:
      "Under a VM that runs too. No disk ever becomes smaller: that is refused. Memory and processors change when the VM is next started.",
    arguments: [vmWords],
    examples: [{ command: "vm resize storm-cassandra3", summary: "after its disks: were changed" }],
    mutates: true,
    load: async () => (await import("../../commands/vm/change.ts")).resizeVms,
  }),
  defineCommand({
    path: ["vm", "console"],
    group,
    summary: "The last lines of the console of a VM",
    arguments: [{ name: "vm", summary: "which", required: true, complete: "host" }],
    options: [{ flags: "--lines <count>", summary: "lines", parse: readCount, default: 40 }],
    examples: [{ command: "vm console storm-web3", summary: "why does it not boot?" }],
    mutates: false,
    load: async () => (await import("../../commands/vm/console.ts")).vmConsole,
  }),
  defineCommand({
    path: ["vm", "destroy"],
    group,
    summary: "Remove VMs; their persistent disks stay",
    description:
      "Asks for the name to be typed, shuts the VM down and removes its overlay and definition. Refused (exit 3) while its node belongs to the ring. Created again it has its disks and its ssh host key as before.",
    arguments: [{ ...vmWords, summary: "VMs: names, ranges, globs", required: true }],
    options: [
      { flags: "--with-disks", summary: "remove the persistent disks too, with all that is on them" },
      {
        flags: "--allow-loss",
        summary: "even where its node belongs to the ring, or clients would be refused",
      },
      { flags: "--force", summary: "cut the power of a VM that does not shut down" },
    ],
    examples: [
      { command: "vm destroy storm-web3", summary: "then smc start vm storm-web3 for a fresh system" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/vm/change.ts")).destroyVms,
  }),
  defineCommand({
    path: ["image", "build"],
    group,
    summary: "Make a base image by its recipe in images:",
    description:
      "A root file system with its kernel, named NAME-YYYY-MM-DD-HHMM when its checks hold, with its packages, the hash of its recipe and checksums beside it. Needs mmdebstrap and root where it is built: here, or on a machine.",
    arguments: [{ name: "name", summary: "a recipe of the services file", required: true }],
    options: [{ flags: "--at <machine>", summary: "build it there instead of here", complete: "host" }],
    examples: [{ command: "image build salvus", summary: "then smc image push what it is called" }],
    mutates: true,
    load: async () => (await import("../../commands/image/change.ts")).buildImage,
  }),
  defineCommand({
    path: ["image", "push"],
    group,
    summary: "Bring an image to the machines, which pass it on to each other",
    description:
      "By rsync, without its holes. The first machine of each data centre gets it from here and the others from one that has it, over a port that is open to them alone and for so long; what does not come that way comes from here. One that was cut off goes on where it was. On a machine it has its name only when its checksums are right.",
    arguments: [
      { ...imageWord, summary: "its name where it was built here, or the path of its folder" },
      machineWords,
    ],
    options: [{ flags: "--direct", summary: "send it to every machine from here" }],
    examples: [{ command: "image push salvus-2026-01-02-0304", summary: "to every machine with VMs" }],
    mutates: true,
    load: async () => (await import("../../commands/image/change.ts")).pushImage,
  }),
  defineCommand({
    path: ["image", "list"],
    group,
    summary: "Which machine has which image, and the VMs over it",
    description: "Exits 4 when a machine does not tell.",
    arguments: [machineWords],
    examples: [{ command: "image list", summary: "all of the deployment" }],
    mutates: false,
    load: async () => (await import("../../commands/image/list.ts")).listImages,
  }),
  defineCommand({
    path: ["image", "verify"],
    group,
    summary: "Compare an image on its machines with its checksums",
    arguments: [imageWord, machineWords],
    examples: [{ command: "image verify salvus-2026-01-02-0304", summary: "on every machine" }],
    mutates: false,
    load: async () => (await import("../../commands/image/list.ts")).verifyImage,
  }),
  defineCommand({
    path: ["image", "prune"],
    group,
    summary: "Remove old images that no VM lies over",
    arguments: [machineWords],
    options: [
      {
        flags: "--keep <count>",
        summary: "the newest of each recipe that stay",
        parse: readCount,
        default: 2,
      },
    ],
    examples: [{ command: "image prune --keep 3", summary: "on every machine" }],
    mutates: true,
    load: async () => (await import("../../commands/image/change.ts")).pruneImages,
  }),
];
