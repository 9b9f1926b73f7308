import { defineCommand, type ArgumentSpecification, type CommandSpecification } from "../specification.ts";

const secretsGroup = "The file and the tool";

const hostWords: ArgumentSpecification = {
  name: "host",
  summary: "names, @role, web[1-7], globs, !excluded; all without any",
  required: false,
  variadic: true,
  complete: "host",
};

/** `smc passwords rotate` and `smc secrets plan | apply | status`: what opens hosts, and what they hold. */
export const accessCommands: readonly CommandSpecification[] = [
  defineCommand({
    path: ["passwords", "rotate"],
    group: "Machines",
    summary: "Give an account of hosts a new password",
    description:
      "A random one for all hosts, or what you put into secrets/DEPLOYMENT/accounts/ACCOUNT.new. Set by chpasswd, seen in the hash of the host, and tried by becoming the account with it. The old password is kept until every host of the deployment has the new one; hosts that do not answer are named, and done by smc resume or by the same command again.",
    arguments: [hostWords],
    options: [
      { flags: "--account <account>", summary: "another than the one that smc logs in as" },
      { flags: "--unlock", summary: "give a password to accounts that none opens, too" },
    ],
    examples: [
      { command: "passwords rotate --dry-run", summary: "what would be done where" },
      { command: "passwords rotate @compute", summary: "the login account, on some hosts" },
    ],
    mutates: true,
    load: async () => (await import("../../commands/access/passwords.ts")).rotatePasswords,
  }),
  defineCommand({
    path: ["secrets", "plan"],
    group: secretsGroup,
    summary: "Compare the secrets on hosts with secrets: of the services file, and show what would change",
    arguments: [hostWords],
    examples: [{ command: "secrets plan", summary: "what apply would bring, and what it would remove" }],
    mutates: false,
    load: async () => (await import("../../commands/access/secrets.ts")).planDelivery,
  }),
  defineCommand({
    path: ["secrets", "apply"],
    group: secretsGroup,
    summary: "Bring secrets to the hosts of their roles, and remove them from others",
    description:
      "Only what smc brought itself is overwritten or removed: each host has a record of that. Refused (exit 3) for a private key on a compute server.",
    arguments: [hostWords],
    options: [
      { flags: "--adopt", summary: "overwrite files that smc did not bring; they are smc's from then on" },
    ],
    examples: [{ command: "secrets apply", summary: "asks before it removes anything" }],
    mutates: true,
    load: async () => (await import("../../commands/access/secrets.ts")).applyDelivery,
  }),
  defineCommand({
    path: ["secrets", "status"],
    group: secretsGroup,
    summary: "Show which secrets hosts have, and whether they are as they should be",
    description: "Exits 3 when something differs, 4 when a host did not answer.",
    arguments: [hostWords],
    examples: [{ command: "secrets status", summary: "on every host" }],
    mutates: false,
    load: async () => (await import("../../commands/access/secrets.ts")).deliveryStatus,
  }),
];
