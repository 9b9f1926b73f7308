/** Whether this is an error with that code: of the operating system, as `ENOENT` (errno(3)), or of Node.js. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
