import type { Content } from "../../plan/model.ts";

/** What the statements of one change do, and how to see that it was done. */
export interface Change {
  kind: "change";
  /** `keyspace site`, `user hub` */
  subject: string;
  before: string;
  after: string;
  /** The step, in an imperative: `let hub use the keyspace site`. */
  title: string;
  statements: readonly Content[];
  consistency: "quorum" | "all";
  done: Evidence;
  /** A stage on the way, which a later change ends. */
  passing?: boolean;
  /** Only a superuser of the services file may do it, so that it has logged in before. */
  asOwnSuperuser: boolean;
}

/** How to see that a change was made: rows, written as JSON, that match a pattern, or that a user can log in with its secret. */
export type Evidence = { query: string; rows: string } | { login: string };

/** A gate among the changes. */
export type ContentGate =
  /** The ring is whole, and every node has the schema of the others. */
  | { kind: "ring"; title: string }
  /** This user logs in with the password of its secret. */
  | { kind: "login"; title: string; user: string }
  /** No client is logged in as this user, on any node. */
  | { kind: "nobody"; title: string; user: string };

/** The differences between what the database holds and what the services file says of it, in the order in which they end. */
export interface ContentPlan {
  parts: readonly (Change | ContentGate)[];
  /** What is worth knowing and is left alone. */
  notes: readonly string[];
  /** Commands, without `smc`, that this makes necessary. */
  next: readonly string[];
}

/** The changes of a plan, without its gates. */
export function changesOf({ parts }: ContentPlan): readonly Change[] {
  return parts.filter(part => part.kind === "change");
}
