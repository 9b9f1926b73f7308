/** What is known of a failure beside its message. */
interface FailureDetails {
  /** It comes from a name whose own line was reported already. */
  known?: boolean;
  /** The name that has no value. */
  name?: string;
}

/** Why a piece of Python has no value here. It ends the reading of one statement or option, never of the file. */
export class NotReadable extends Error {
  /** The place in the line, from 0. */
  readonly at: number;
  readonly known: boolean;
  readonly missing: string | undefined;

  constructor(message: string, at: number, details: FailureDetails = {}) {
    super(message);
    this.name = "NotReadable";
    this.at = at;
    this.known = details.known === true;
    this.missing = details.name;
  }
}
