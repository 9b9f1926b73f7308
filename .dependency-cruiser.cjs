// The layers of docs/architecture.md: a file imports only from its own layer or from one named here.
const below = {
  base: [],
  inventory: ["base"],
  plan: ["base", "inventory"],
  cassandra: ["base", "inventory", "plan"],
  services: ["base", "inventory", "plan", "cassandra"],
  machines: ["base", "inventory", "plan", "cassandra", "services"],
  vpn: ["base", "inventory", "plan"],
  firewall: ["base", "inventory", "plan", "cassandra", "services"],
  access: ["base", "inventory", "plan"],
  transport: ["base"],
  state: ["base", "plan"],
  engine: ["base", "plan", "cassandra", "transport", "state"],
  report: ["base", "plan", "engine"],
  commands: [
    "base",
    "inventory",
    "plan",
    "cassandra",
    "services",
    "machines",
    "vpn",
    "firewall",
    "access",
    "transport",
    "state",
    "engine",
    "report",
  ],
};

const layerRules = Object.entries(below).map(([layer, allowed]) => ({
  name: `layer-${layer}`,
  severity: "error",
  comment: `src/${layer} imports only from ${[layer, ...allowed].join(", ")}`,
  from: { path: `^src/${layer}/` },
  to: { path: "^src/", pathNot: `^src/(${[layer, ...allowed].join("|")})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: "pure-planners",
      severity: "error",
      comment: "planners are pure: no file, process or network module",
      from: { path: "^src/(base|inventory|plan|services|cassandra|machines|vpn|firewall|access)/" },
      to: { path: "^(node:)?(fs|fs/promises|child_process|net|http|https|tls|dgram|dns|process)$" },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "not-to-tests", severity: "error", from: { path: "^src/" }, to: { path: "^test/" } },
    {
      name: "heavy-libraries-stay-below",
      severity: "error",
      comment: "smc --help must not load these",
      from: { path: "^src/cli/" },
      to: { path: "node_modules/(ssh2|cassandra-driver|listr2|zx)/", dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
