/** What the requests came to; latencies in milliseconds. */
export interface LoadReport {
  requests: number;
  /** Requests that got no good answer in any of their tries. */
  failed: number;
  /** Reads that did not give the value written before: an acknowledged write was lost. */
  wrong: number;
  /** Further tries that were needed. */
  retried: number;
  seconds: number;
  latency: { p50: number; p99: number; max: number };
  /** How often each reason was seen, failed tries that a later one made good included. */
  errors: Record<string, number>;
}

/** Gathers the outcomes of all workers. */
export class Tally {
  readonly #latencies: number[] = [];
  readonly #errors = new Map<string, number>();
  readonly #began = performance.now();
  #failed = 0;
  #wrong = 0;
  #retried = 0;

  /** A request ended: well, or in no try at all. */
  request(latency: number, outcome: "good" | "failed" | "wrong"): void {
    this.#latencies.push(latency);
    if (outcome === "failed") this.#failed += 1;
    if (outcome === "wrong") this.#wrong += 1;
  }

  /** One try failed; `again` when another one follows. */
  error(reason: string, again: boolean): void {
    this.#errors.set(reason, (this.#errors.get(reason) ?? 0) + 1);
    if (again) this.#retried += 1;
  }

  report(): LoadReport {
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    return {
      requests: sorted.length,
      failed: this.#failed,
      wrong: this.#wrong,
      retried: this.#retried,
      seconds: round((performance.now() - this.#began) / 1000),
      latency: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: round(sorted.at(-1) ?? 0) },
      errors: Object.fromEntries(this.#errors),
    };
  }
}

/** The smallest value that at least this share of the sorted values does not exceed; 0 of no values. */
export function quantile(sorted: readonly number[], share: number): number {
  const index = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return round(sorted[index] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
