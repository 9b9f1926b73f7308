import { turnGroups } from "../plan/dependencies.ts";
import type { Plan, Step, StepId } from "../plan/model.ts";
import type { StepOutcome } from "./events.ts";

interface Place {
  step: Step;
  /** `coming`: it has not asked yet. `past`: it gave its turn back or needs none. */
  state: "coming" | "waiting" | "holding" | "past";
  answer: (granted: boolean) => void;
}

interface Group {
  size: number;
  places: readonly Place[];
  /** How many places are in each state: a run asks at the end of every step. */
  counts: Record<Place["state"], number>;
  /** The first place that may still get a turn: all before it hold one or are past. */
  next: number;
  /** Nobody gets a turn any more. */
  closed: boolean;
}

/**
 * The turns of a plan. In each group so many steps hold a turn at once; they get it in plan order, so that a step
 * that comes later never overtakes one that is still being prepared.
 */
export class Turns {
  readonly #groups = new Map<string, Group>();
  /** Groups to look at when a step ends: its own, and those whose turn is held until it has ended. */
  readonly #releases = new Map<StepId, { group: Group; place: Place }[]>();
  readonly #places = new Map<StepId, { group: Group; place: Place }>();

  constructor(plan: Plan) {
    for (const [name, steps] of turnGroups(plan)) {
      const places = steps.map((step): Place => ({ step, state: "coming", answer: () => {} }));
      const counts = { coming: places.length, waiting: 0, holding: 0, past: 0 };
      const group = { size: plan.limits.turns[name] ?? 1, places, counts, next: 0, closed: false };
      this.#groups.set(name, group);
      for (const place of places) this.#enter(group, place);
    }
  }

  /** How many steps wait for their turn. */
  get waiting(): number {
    return [...this.#groups.values()].reduce((sum, { counts }) => sum + counts.waiting, 0);
  }

  /** Waits for the turn of the step. Gives false when the wait was refused. */
  take(step: Step): Promise<boolean> {
    const entry = this.#places.get(step.id);
    if (entry === undefined) return Promise.resolve(true);
    return new Promise(answer => {
      if (entry.group.closed) return answer(false);
      entry.place.answer = answer;
      move(entry, "waiting");
      grant(entry.group);
    });
  }

  /** The step needs no turn: the next ones need not wait for it. */
  excuse(step: Step): void {
    this.#pass(this.#places.get(step.id));
  }

  /**
   * A step ended, with or without a turn. A turn that is held until a later step stays held. When that one has failed,
   * what the turn was for may still go on, as a node that joins for hours: nobody else gets a turn then.
   */
  ended(id: StepId, outcome: StepOutcome["kind"]): void {
    const own = this.#places.get(id);
    if (own !== undefined && own.place.state !== "holding") this.#pass(own);
    for (const release of this.#releases.get(id) ?? []) {
      if (release.place.state !== "holding") continue;
      if (outcome === "failed" && release.place.step.id !== id) close(release.group);
      this.#pass(release);
    }
  }

  /** Ends the waits of these steps. */
  refuse(which: (step: Step) => boolean): void {
    for (const group of this.#groups.values()) {
      for (const place of group.places) {
        if (place.state !== "waiting" || !which(place.step)) continue;
        move({ group, place }, "past");
        place.answer(false);
      }
      grant(group);
    }
  }

  #enter(group: Group, place: Place): void {
    const { id, turn } = place.step;
    this.#places.set(id, { group, place });
    const until = turn?.until ?? id;
    this.#releases.set(until, [...(this.#releases.get(until) ?? []), { group, place }]);
  }

  #pass(entry: { group: Group; place: Place } | undefined): void {
    if (entry === undefined) return;
    move(entry, "past");
    grant(entry.group);
  }
}

function move({ group, place }: { group: Group; place: Place }, state: Place["state"]): void {
  group.counts[place.state] -= 1;
  group.counts[state] += 1;
  place.state = state;
}

function close(group: Group): void {
  group.closed = true;
  for (const place of group.places) {
    if (place.state !== "waiting") continue;
    move({ group, place }, "past");
    place.answer(false);
  }
}

function grant(group: Group): void {
  if (group.closed) return;
  while (group.counts.holding < group.size) {
    const place = group.places[group.next];
    if (place === undefined || place.state === "coming") return;
    group.next += 1;
    if (place.state !== "waiting") continue;
    move({ group, place }, "holding");
    place.answer(true);
  }
}
