import type { Plan, Step, StepId } from "../plan/model.ts";
import type { EngineEvent, EventListener, RunOutcome, StepOutcome } from "./events.ts";
import { gatesOfResume } from "./gates-of-resume.ts";
import { InHand } from "./in-hand.ts";
import type { Performer } from "./performer.ts";
import { recallSteps, type EarlierAttempts, type Recall } from "./recall.ts";
import { Schedule, type Verdict } from "./schedule.ts";
import { Slots } from "./slots.ts";
import { type PauseRule, Stages } from "./stages.ts";
import { act, ask, look, type StepWork } from "./step-work.ts";
import { summariseOutcomes } from "./outcome.ts";
import { Turns } from "./turns.ts";
import { undoSteps } from "./undo.ts";

/** One attempt at a plan. */
export interface RunRequest {
  plan: Plan;
  /** The id of the run; a resumed run keeps it. */
  run: string;
  performer: Performer;
  listener: EventListener;
  /** Resolves when the event is safely on disk. A step does not act before its start is; a rejection fails the step. */
  record: (event: EngineEvent) => Promise<void>;
  /** Aborts when the operator asks to finish the steps under way, and what they have in hand, and start no more. */
  drain: AbortSignal;
  /** Aborts when the operator asks to stop now. */
  stop: AbortSignal;
  /** Asked before each stage of a rolling plan; absent: every stage begins. */
  pause?: PauseRule;
  earlier?: EarlierAttempts;
}

/** Carries out a plan. Never rejects for what happens to its steps; rejects when the journal cannot be written at the end. */
export function runPlan(request: RunRequest): Promise<RunOutcome> {
  return new PlanRun(request).run();
}

class PlanRun {
  readonly #request: RunRequest;
  readonly #schedule: Schedule;
  readonly #slots: Slots;
  readonly #turns: Turns;
  readonly #stages: Stages;
  readonly #inHand: InHand;
  readonly #recalls: ReadonlyMap<StepId, Recall>;
  readonly #gates: ReadonlyMap<StepId, Step>;
  readonly #startedAt = Date.now();
  /** When each step that is under way began. */
  readonly #underWay = new Map<StepId, number>();
  readonly #haltedKinds = new Set<string>();
  readonly #over = Promise.withResolvers<void>();
  /** Steps that wait for a slot or a turn, or work. */
  #active = 0;
  /** Why no step may begin any more. */
  #drained: "interrupt" | "failure" | undefined;
  /** Steps that began after an interrupt, as what was in hand. */
  readonly #late = new Set<StepId>();
  #pausing = false;
  #journalLoss: unknown;

  constructor(request: RunRequest) {
    const { plan, earlier } = request;
    this.#request = request;
    this.#schedule = new Schedule(plan, earlier?.changed);
    this.#slots = new Slots(plan);
    this.#turns = new Turns(plan);
    this.#stages = new Stages(request.pause);
    this.#inHand = new InHand(plan, earlier?.changed);
    this.#recalls = recallSteps(plan, earlier);
    this.#gates = gatesOfResume(plan, earlier);
  }

  async run(): Promise<RunOutcome> {
    const { plan, run, earlier } = this.#request;
    await this.#tell({ type: "run-started", run, plan, at: this.#startedAt, resumed: earlier !== undefined });
    const ignore = this.#watchInterrupts();
    this.#follow(this.#schedule.begin());
    await this.#over.promise;
    ignore();
    return this.#finish();
  }

  #watchInterrupts(): () => void {
    const { drain, stop } = this.#request;
    const onDrain = (): void => this.#drain("interrupt");
    const onStop = (): void => {
      this.#drain("interrupt");
      this.#refuse(() => true, "interrupted");
    };
    drain.addEventListener("abort", onDrain);
    stop.addEventListener("abort", onStop);
    if (stop.aborted) onStop();
    else if (drain.aborted) onDrain();
    return () => {
      drain.removeEventListener("abort", onDrain);
      stop.removeEventListener("abort", onStop);
    };
  }

  async #finish(): Promise<RunOutcome> {
    const { run, plan, performer, stop, earlier } = this.#request;
    const { outcomes } = this.#schedule;
    const duration = Date.now() - this.#startedAt;
    const outcome = summariseOutcomes(outcomes, {
      interrupted: this.#drained === "interrupt" && !this.#isLateFailure(),
      paused: this.#stages.pausedBecause !== undefined,
      duration,
    });
    if (outcome.kind !== "done" && !stop.aborted) {
      // What was taken out of service is put back even when nobody can write that down; the loss is told at the end.
      const tell = (event: EngineEvent): Promise<void> =>
        this.#tell(event).catch((error: unknown) => void (this.#journalLoss ??= error));
      await undoSteps({ plan, outcomes, changedBefore: earlier?.changed, performer, stop, tell });
    }
    await this.#tell({ type: "run-ended", run, outcome, at: Date.now() });
    if (this.#journalLoss !== undefined) throw this.#journalLoss;
    return outcome;
  }

  /** Works off what follows without recursion, as one failure may block thousands of steps one after the other. */
  #follow(verdicts: readonly Verdict[]): void {
    const open = [...verdicts];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { step } = next;
      if (next.kind === "ends") open.push(...this.#end(step, next.outcome));
      else if (this.#recalls.get(step.id) === "keep") open.push(...this.#end(step, KEPT));
      else void this.#carryOut(step);
    }
    this.#checkOver();
  }

  async #carryOut(step: Step): Promise<void> {
    this.#active += 1;
    const outcome = await this.#outcomeOf(step).catch(failureOfSmc);
    const halts = outcome.kind === "failed" && this.#request.plan.onFailure === "halt";
    if (halts) this.#haltedKinds.add(step.kind);
    const verdicts = this.#end(step, outcome);
    // Only when its turn is given back: until then nobody waits in vain.
    this.#active -= 1;
    if (halts) verdicts.push(...this.#halt(step.kind));
    // Only now, so that no step of a kind that is halted gets the slot.
    this.#slots.release(step);
    this.#follow(verdicts);
  }

  async #outcomeOf(step: Step): Promise<StepOutcome> {
    if (!this.#mayBegin(step) || !(await this.#slots.take(step))) return this.#notStarted();
    if (!this.#mayBegin(step)) return this.#notStarted();
    if (!this.#stages.admits(step)) return this.#pause();
    await this.#begin(step);
    const work = this.#work(step);
    return (await look(work)) ?? this.#inTurn(work);
  }

  #begin(step: Step): Promise<void> {
    const { id, host, instance } = step;
    const at = Date.now();
    this.#inHand.begin(step);
    if (this.#drained === "interrupt") this.#late.add(id);
    this.#underWay.set(id, at);
    const where = instance === undefined ? { host } : { host, instance };
    return this.#tell({ type: "step-started", step: id, ...where, at });
  }

  /** Acts when it is the turn of the step; while it waits for that, its slot is free for others. */
  async #inTurn(work: StepWork): Promise<StepOutcome> {
    const { step } = work;
    if (step.turn === undefined) return act(work);
    const { group, unless } = step.turn;
    if (unless !== undefined && (await ask(work, unless)).holds === "yes") {
      this.#turns.excuse(step);
      return act(work);
    }
    this.#slots.release(step);
    work.waiting(`waits for its turn (${group})`);
    const turn = this.#turns.take(step);
    this.#checkOver();
    const granted = (await turn) && this.#mayBegin(step) && (await this.#slots.take(step));
    return granted && this.#mayBegin(step) ? act(work) : this.#notStarted();
  }

  #work(planned: Step): StepWork {
    const { performer, stop } = this.#request;
    const step = this.#gates.get(planned.id) ?? planned;
    const began = Date.now();
    const waiting = (evidence: string): void => {
      const at = Date.now();
      this.#note({ type: "step-waiting", step: step.id, evidence, elapsed: at - began, at });
    };
    return { step, performer, stop, waiting, recall: this.#recalls.get(step.id) ?? "run" };
  }

  #mayBegin(step: Step): boolean {
    return (this.#drained === undefined || this.#isSpared(step)) && !this.#haltedKinds.has(step.kind);
  }

  /** Whether an interrupt lets the step begin all the same: what is in hand is not left half way, unless all is to end now. */
  #isSpared(step: Step): boolean {
    return this.#drained === "interrupt" && !this.#request.stop.aborted && this.#inHand.has(step);
  }

  /** Whether what was in hand came to another end than the interrupt meant; of what was told to stop at once that says nothing. */
  #isLateFailure(): boolean {
    const { outcomes } = this.#schedule;
    return !this.#request.stop.aborted && [...this.#late].some(id => outcomes.get(id)?.kind === "failed");
  }

  #notStarted(): StepOutcome {
    return { kind: "not-started", reason: this.#drained === "interrupt" ? "interrupted" : "halted" };
  }

  #end(step: Step, outcome: StepOutcome): Verdict[] {
    const at = Date.now();
    const duration = at - (this.#underWay.get(step.id) ?? at);
    this.#underWay.delete(step.id);
    this.#note({ type: "step-ended", step: step.id, outcome, duration, at });
    this.#turns.ended(step.id, outcome.kind);
    return this.#schedule.end(step.id, outcome);
  }

  /** Starts no more steps of that kind. */
  #halt(kind: string): Verdict[] {
    const { outcomes } = this.#schedule;
    const rest = this.#request.plan.steps.some(step => step.kind === kind && !outcomes.has(step.id));
    if (rest) this.#announce("failure");
    const verdicts = this.#schedule.stop(step => step.kind === kind, "halted");
    this.#slots.refuse(step => step.kind === kind);
    this.#turns.refuse(step => step.kind === kind);
    return verdicts;
  }

  /** Begins no further stage; those that have begun come to their end. */
  #pause(): StepOutcome {
    const toCome = (step: Step): boolean => this.#stages.isToCome(step);
    const verdicts = this.#schedule.stop(toCome, "paused");
    this.#slots.refuse(toCome);
    if (!this.#pausing)
      this.#note({ type: "pausing", why: this.#stages.pausedBecause ?? "", at: Date.now() });
    this.#pausing = true;
    this.#follow(verdicts);
    return { kind: "not-started", reason: "paused" };
  }

  /** Starts no more steps, but for those that an interrupt spares. */
  #drain(reason: "interrupt" | "failure"): void {
    if (this.#drained !== undefined) return;
    this.#drained = reason;
    this.#announce(reason);
    this.#refuse(step => !this.#isSpared(step), reason === "interrupt" ? "interrupted" : "halted");
  }

  #refuse(which: (step: Step) => boolean, reason: "interrupted" | "halted"): void {
    const verdicts = this.#schedule.stop(which, reason);
    this.#slots.refuse(which);
    this.#turns.refuse(which);
    this.#follow(verdicts);
  }

  #announce(reason: "interrupt" | "failure"): void {
    const { outcomes } = this.#schedule;
    const spared = this.#request.plan.steps.filter(step => !outcomes.has(step.id) && this.#isSpared(step));
    const names = [...new Set(spared.flatMap(step => step.inHand ?? []))];
    const inHand = names.length === 0 ? {} : { inHand: names };
    this.#note({ type: "stopping", reason, underWay: [...this.#underWay.keys()], ...inHand, at: Date.now() });
  }

  #checkOver(): void {
    const { size } = this.#schedule.outcomes;
    if (size === this.#request.plan.steps.length) this.#over.resolve();
    // Nothing moves any more: turns of several steps that wait for each other, which no check of the plan sees.
    else if (this.#active === this.#turns.waiting) this.#endWaits();
  }

  /** Of those that an interrupt spares, each may wait for another as well. */
  #endWaits(): void {
    if (this.#drained === undefined) this.#drain("failure");
    else this.#turns.refuse(() => true);
  }

  /** Tells an event and waits until it is safely on disk. */
  #tell(event: EngineEvent): Promise<void> {
    this.#request.listener(event);
    return this.#request.record(event);
  }

  /** Tells an event; a later one that is waited for waits for this one too. Without its journal a run starts no more. */
  #note(event: EngineEvent): void {
    this.#tell(event).catch((error: unknown) => {
      this.#journalLoss ??= error;
      this.#drain("failure");
    });
  }
}

const KEPT: StepOutcome = { kind: "unchanged", reason: "an earlier attempt did it" };

/** A step whose start could not be recorded, or a bug: nothing of the step may be taken for granted. */
function failureOfSmc(error: unknown): StepOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "failed", reason };
}
