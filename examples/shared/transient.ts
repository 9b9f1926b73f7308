import { errors, types } from "cassandra-driver";

const { responseErrorCodes } = types;

/** Answers that the same statement gets again however often it is sent. */
const PERMANENT = new Set<number>([
  responseErrorCodes.syntaxError,
  responseErrorCodes.unauthorized,
  responseErrorCodes.invalid,
  responseErrorCodes.configError,
  responseErrorCodes.alreadyExists,
]);

/**
 * Whether the database may answer the same idempotent statement a moment later: a node that went away or shuts down,
 * too few live replicas, a timeout. A node that shuts down answers `ServerError`, so that one counts too.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return !PERMANENT.has(error.code);
  if (error instanceof errors.OperationTimedOutError || error instanceof errors.BusyConnectionError)
    return true;
  if (error instanceof errors.NoHostAvailableError) return true;
  return error instanceof Error && "isSocketError" in error;
}
