import { takeLock } from "../../src/state/lock.ts";
import { OperatorError } from "../../src/base/operator-error.ts";

// A contender for the lock in a process of its own: says `ready`, waits for a line, tries, says what came of it,
// and holds the lock until its stdin ends.
const [stateDirectory = "", run = ""] = process.argv.slice(2);

process.stdout.write("ready\n");
process.stdin.once("data", () => {
  takeLock({ stateDirectory, deployment: "test", reason: "restart hub", run }).then(
    lock => process.stdout.write(`got ${lock.holder.nonce}\n`),
    (error: unknown) => {
      const exit = error instanceof OperatorError ? error.exit : "bug";
      process.stdout.write(`refused ${exit} ${error instanceof Error ? error.message : ""}\n`);
    },
  );
});
process.stdin.on("end", () => process.exit(0));
