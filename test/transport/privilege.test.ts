import { describe, expect, it } from "vitest";
import { explainRefusal } from "../../src/transport/privilege.ts";

/** As sudo 1.9 and util-linux 2.38 write them in the C locale. */
const refusals: readonly [stderr: string, meaning: RegExp, code?: number][] = [
  ["sudo: a password is required\n", /asks for a password/],
  ["sudo: interactive authentication is required\n", /asks for a password/],
  [
    "Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n",
    /refused the password/,
  ],
  ["ops is not in the sudoers file.\n", /not in the sudoers file/],
  ["Sorry, user ops is not allowed to execute '/bin/sh' as root on h1.\n", /does not allow this user/],
  ["Sorry, user ops may not run sudo on h1.\n", /does not allow this user/],
  ["sudo: sorry, you must have a tty to run sudo\n", /requiretty/],
  [
    "sudo: unknown user nosuch\nsudo: error initializing audit plugin sudoers_audit\n",
    /does not work|not exist/,
  ],
  [
    "runuser: user nosuch does not exist or the user entry does not contain all the required fields\n",
    /exist/,
  ],
  ["sh: 1: exec: sudo: not found\n", /no such program/, 127],
];

describe("explainRefusal", () => {
  it.each(refusals)("knows %j", (stderr, meaning, code = 1) => {
    const reason = explainRefusal(code, stderr);
    expect(reason).toMatch(meaning);
    expect(reason).toContain(stderr.trim().split("\n").at(-1));
  });

  it("leaves the command its own failures", () => {
    expect(explainRefusal(1, "grep: no match\n")).toBeUndefined();
    expect(explainRefusal(3, "sudo: a password is required\n")).toBeUndefined();
    expect(explainRefusal(1, "sudo: unable to resolve host h1: Name or service not known\n")).toBeUndefined();
  });
});
