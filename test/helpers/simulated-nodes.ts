import type { ActionResult, Performer, ProbeAnswer } from "../../src/engine/performer.ts";
import type { Action, Probe, Step } from "../../src/plan/model.ts";

/** One node as an upgrade sees it. */
interface Node {
  up: boolean;
  /** The release that `current` of its software is. */
  current: string;
  kept: boolean;
}

/** Nodes that the steps of an upgrade from one release to another change; a node that is not up answers nothing. */
export class SimulatedNodes implements Performer {
  /** Steps whose action did something, in order. */
  readonly performed: string[] = [];
  /** Steps that fail once, without having done anything. */
  readonly failOnce = new Set<string>();
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #from: string;
  #isDead = false;

  constructor(hosts: readonly string[], from: string) {
    this.#nodes = new Map(hosts.map(host => [host, { up: true, current: from, kept: false }]));
    this.#from = from;
  }

  /** From here on nothing reaches the nodes, as if smc had died. */
  die(): void {
    this.#isDead = true;
  }

  /** A new attempt reaches them again. */
  revive(): void {
    this.#isDead = false;
  }

  node(host: string): Node {
    const node = this.#nodes.get(host);
    if (node === undefined) throw new Error(`no node on ${host}`);
    return node;
  }

  async perform(step: Step, action: Action): Promise<ActionResult> {
    await Promise.resolve();
    if (this.#isDead) return failed("smc is dead");
    if (this.failOnce.delete(step.id)) return failed("as told");
    if (action.kind === "wait")
      return this.#holds(step, action.probe) ? { kind: "unchanged", reason: "holds" } : failed("not so");
    const isStopped = action.kind === "unit" && action.operation === "stop" && !this.node(step.host).up;
    if (isStopped) return { kind: "unchanged", reason: "it is stopped" };
    if (!this.#change(step, action)) return failed(`${step.host} is not up`);
    this.performed.push(step.id);
    return { kind: "changed" };
  }

  async ask(step: Step, probe: Probe): Promise<ProbeAnswer> {
    await Promise.resolve();
    if (this.#isDead) return { holds: "unknown", evidence: "smc is dead" };
    return this.#holds(step, probe) ? { holds: "yes", evidence: "so" } : { holds: "no", evidence: "not so" };
  }

  /** Gives false where the node would have to answer and does not. */
  #change({ id, host }: Step, action: Action): boolean {
    const node = this.node(host);
    const [what = ""] = id.split(" cassandra");
    if (["snapshot", "send away", "before stop 1"].includes(what)) return node.up;
    if (what === "keep") node.kept = true;
    if (what === "put back") Object.assign(node, { kept: false, current: this.#from });
    if (action.kind === "push" && action.beside !== true) node.current = action.artefact.version;
    if (action.kind === "unit") node.up = action.operation === "start";
    return true;
  }

  #holds(step: Step, probe: Probe): boolean {
    const node = this.node(step.host);
    if (probe.kind === "everywhere")
      return probe.asked.every(asked => this.#holds({ ...step, host: asked.host }, asked.probe));
    if (probe.kind === "all") return probe.probes.every(part => this.#holds(step, part));
    if (probe.kind === "unit") return node.up === (probe.state === "running");
    if (probe.kind === "cql") return node.up && (probe.rows === undefined || this.#isOf(node, probe.rows));
    if (probe.kind === "ring")
      return node.up && (probe.away !== undefined || [...this.#nodes.values()].every(({ up }) => up));
    if (step.id.startsWith("keep ")) return node.kept && node.current !== this.#from;
    return step.action.kind === "wait";
  }

  #isOf(node: Node, rows: string): boolean {
    return !rows.includes("\\.") || new RegExp(rows).test(JSON.stringify(node.current));
  }
}

function failed(reason: string): ActionResult {
  return { kind: "failed", reason };
}
