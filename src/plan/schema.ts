import * as v from "valibot";
import type { Action, Content, CqlEndpoint, Plan, Probe, Step, Unit } from "./model.ts";

// The closed set of what a plan may say, as a schema: a plan file comes from outside. Unknown keys are refused,
// so that a plan of a newer smc is not carried out in part.

const text = v.string();
const name = v.pipe(text, v.nonEmpty("must not be empty"));
const texts = v.array(text);
const dictionary = v.record(text, text);
const duration = v.pipe(
  v.number(),
  v.finite("must be a number of milliseconds"),
  v.gtValue(0, "must be above 0"),
);
const count = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be at least 1"),
);
const wholeNumber = v.pipe(v.number(), v.safeInteger("must be a whole number"), v.minValue(0));
const port = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535, "must be a port number"));
const time = v.pipe(text, v.isoTimestamp("must be an ISO 8601 time"));
const token = v.pipe(text, v.regex(/^-?\d+$/, "must be decimal digits"));
const pattern = v.pipe(text, v.check(isPattern, "must be a regular expression"));

const secret = v.strictObject({ secret: name });
const content: v.GenericSchema<unknown, Content> = v.array(v.union([text, secret]));
const runAs = v.exactOptional(name);

const unit: v.GenericSchema<unknown, Unit> = v.variant("manager", [
  v.strictObject({ manager: v.literal("systemd"), name, log: name }),
  v.strictObject({
    manager: v.literal("process"),
    name,
    folder: name,
    log: name,
    argv: v.pipe(texts, v.minLength(1, "must name a program")),
    env: dictionary,
    directory: name,
    limits: v.record(text, v.number()),
    stopSignal: v.picklist(["TERM", "INT", "QUIT"]),
    reloadSignal: v.exactOptional(v.picklist(["HUP", "USR2"])),
  }),
]);

const artefact = v.strictObject({
  name,
  version: name,
  source: v.variant("kind", [
    v.strictObject({ kind: v.literal("folder"), path: name }),
    v.strictObject({ kind: v.literal("tarball"), path: name, sha512: name }),
    v.strictObject({ kind: v.literal("git"), path: name, ref: name, folder: v.exactOptional(name) }),
    v.strictObject({ kind: v.literal("archive"), path: name, sha256: name }),
    v.strictObject({ kind: v.literal("maven"), coordinates: name }),
  ]),
});

const endpoint: v.GenericSchema<unknown, CqlEndpoint> = v.strictObject({
  address: name,
  port,
  logins: v.array(v.strictObject({ user: text, password: v.union([secret, v.strictObject({ text })]) })),
});

const socket = { kind: v.literal("socket"), socket: name, send: text, expect: pattern };

const probe: v.GenericSchema<unknown, Probe> = v.lazy(() => probes);
const probes: v.GenericSchema<unknown, Probe> = v.variant("kind", [
  v.strictObject({
    kind: v.literal("unit"),
    unit,
    state: v.picklist(["running", "stopped"]),
    not: v.exactOptional(text),
    is: v.exactOptional(text),
    runAs,
  }),
  v.strictObject({
    kind: v.literal("command"),
    argv: v.pipe(texts, v.minLength(1)),
    runAs,
    stdout: v.exactOptional(pattern),
    steady: v.exactOptional(v.literal(true)),
  }),
  v.strictObject({ kind: v.literal("tcp"), address: name, port }),
  v.strictObject({
    kind: v.literal("http"),
    address: name,
    port,
    path: v.pipe(text, v.startsWith("/", "must begin with /")),
    status: v.array(v.pipe(v.number(), v.safeInteger())),
    headers: v.exactOptional(dictionary),
    body: v.exactOptional(pattern),
  }),
  v.strictObject({
    kind: v.literal("cql"),
    endpoint,
    query: text,
    consistency: v.picklist(["one", "quorum", "local_quorum"]),
    rows: v.exactOptional(pattern),
  }),
  v.strictObject({ kind: v.literal("ring"), endpoint, nodes: count, away: v.exactOptional(texts) }),
  v.strictObject({
    kind: v.literal("streamed"),
    until: probe,
    operation: name,
    netstats: v.pipe(texts, v.minLength(1, "must name a program")),
    runAs,
  }),
  v.strictObject({ kind: v.literal("no-repair"), endpoint }),
  v.strictObject({ kind: v.literal("layout"), endpoint, keyspace: name, layout: name }),
  v.strictObject({ kind: v.literal("newest"), folder: name, maxAge: duration, runAs }),
  v.strictObject({
    kind: v.literal("ports"),
    free: v.array(v.strictObject({ address: name, port })),
    runAs,
  }),
  v.strictObject(socket),
  v.strictObject({ kind: v.literal("all"), probes: v.array(probe) }),
  v.strictObject({ kind: v.literal("any"), probes: v.array(probe) }),
  v.strictObject({
    kind: v.literal("everywhere"),
    asked: v.array(v.strictObject({ host: name, probe })),
  }),
]);

const repair = v.strictObject({
  kind: v.literal("repair"),
  keyspace: name,
  tables: v.array(name),
  mode: v.picklist(["full", "incremental"]),
  dataCentres: v.array(name),
  commands: v.array(
    v.strictObject({
      argv: v.pipe(texts, v.minLength(1, "must name a program")),
      ranges: v.array(v.strictObject({ after: token, upTo: token })),
    }),
  ),
  release: name,
  endpoint,
  layout: probe,
  replicas: v.array(v.strictObject({ host: name, idle: probe })),
  since: time,
  stall: duration,
  patience: duration,
  attempts: count,
  pause: duration,
  rest: v.pipe(v.number(), v.minValue(0)),
  runAs,
});

const action: v.GenericSchema<unknown, Action> = v.variant("kind", [
  v.strictObject({
    kind: v.literal("run"),
    argv: v.pipe(texts, v.minLength(1, "must name a program")),
    runAs,
    stdin: v.exactOptional(content),
    env: v.exactOptional(dictionary),
    directory: v.exactOptional(name),
    newConnection: v.exactOptional(v.literal(true)),
    progress: v.exactOptional(v.literal("rsync")),
  }),
  v.strictObject({
    kind: v.literal("put"),
    path: v.pipe(text, v.startsWith("/", "must be an absolute path")),
    content,
    append: v.exactOptional(v.strictObject({ host: name, path: name })),
    mode: v.pipe(wholeNumber, v.maxValue(0o7777)),
    owner: v.exactOptional(name),
    runAs,
  }),
  v.strictObject({
    kind: v.literal("push"),
    artefact,
    folder: name,
    beside: v.exactOptional(v.literal(true)),
    owner: v.exactOptional(name),
    runAs,
  }),
  v.strictObject({
    kind: v.literal("unit"),
    operation: v.picklist(["start", "stop", "restart", "reload"]),
    unit,
    previous: v.exactOptional(text),
    runAs,
  }),
  v.strictObject(socket),
  v.strictObject({
    kind: v.literal("cql"),
    endpoint,
    statements: v.array(content),
    consistency: v.exactOptional(v.picklist(["quorum", "all"])),
  }),
  repair,
  v.strictObject({
    kind: v.literal("wait"),
    probe,
    interval: duration,
    patience: v.exactOptional(duration),
    stall: v.exactOptional(v.strictObject({ silent: duration, still: duration, hint: text })),
    log: v.exactOptional(v.strictObject({ host: name, path: name, runAs })),
  }),
]);

const stepId = name;
const step: v.GenericSchema<unknown, Step> = v.strictObject({
  id: stepId,
  title: name,
  kind: name,
  host: name,
  instance: v.exactOptional(text),
  action,
  needs: v.array(stepId),
  after: v.array(stepId),
  needsSome: v.exactOptional(v.array(v.strictObject({ of: v.array(stepId), atLeast: wholeNumber }))),
  done: v.exactOptional(probe),
  whenChanged: v.exactOptional(v.array(stepId)),
  undo: v.exactOptional(action),
  rescues: v.exactOptional(v.array(stepId)),
  turn: v.exactOptional(
    v.strictObject({ group: name, until: v.exactOptional(stepId), unless: v.exactOptional(probe) }),
  ),
  stage: v.exactOptional(text),
  inHand: v.exactOptional(name),
  timeout: duration,
});

const target = v.strictObject({
  name,
  kind: v.picklist(["ssh", "local"]),
  address: text,
  port: wholeNumber,
  user: text,
  connectTimeout: duration,
  hostKeys: v.picklist(["strict", "accept-new"]),
});

/** A plan as JSON has it. `src/plan/check.ts` checks beside it what no schema can say. */
export const planSchema: v.GenericSchema<unknown, Plan> = v.strictObject({
  version: v.literal(1, "is not a version of plan files that this smc knows"),
  command: texts,
  deployment: name,
  createdAt: time,
  hosts: v.record(name, target),
  limits: v.strictObject({ total: count, perHost: count, turns: v.record(text, count) }),
  onFailure: v.picklist(["halt", "continue"]),
  relies: v.strictObject({ inventory: text, instances: dictionary, ring: v.exactOptional(text) }),
  shared: v.exactOptional(v.literal(true)),
  steps: v.array(step),
});

function isPattern(value: string): boolean {
  try {
    return new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}
