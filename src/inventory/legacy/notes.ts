import { foldNames } from "../../base/host-ranges.ts";
import { naturalOrder } from "../../base/natural-order.ts";

/** Collects what the reader of an imported file should know: what was left out, and what was taken for granted. */
export class Notes {
  readonly #lines = new Set<string>();
  readonly #dropped = new Map<string, { why: string; hosts: Set<string> }>();

  add(line: string): void {
    this.#lines.add(line);
  }

  /** An option that the services file has no place for. */
  dropped(option: string, { host, why }: { host: string; why: string }): void {
    const key = `${option} ${why}`;
    const known = this.#dropped.get(key) ?? { why: `${option}: ${why}`, hosts: new Set<string>() };
    known.hosts.add(host);
    this.#dropped.set(key, known);
  }

  list(): readonly string[] {
    const dropped = [...this.#dropped.values()].map(
      ({ why, hosts }) => `${why} (${foldNames([...hosts].toSorted(naturalOrder))})`,
    );
    return [...this.#lines, ...dropped];
  }
}
