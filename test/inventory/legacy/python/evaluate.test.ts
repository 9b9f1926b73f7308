import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../src/inventory/legacy/python/evaluate.ts";
import { NotReadable } from "../../../../src/inventory/legacy/python/failure.ts";
import { toSource } from "../../../../src/inventory/legacy/python/format.ts";
import { parseExpression } from "../../../../src/inventory/legacy/python/statements.ts";

/** What Python 2.7.18 printed as the `repr` of each expression. */
const PYTHON = [
  ["60*4", "240"],
  ["-7 / 2", "-4"],
  ["-7 // 2 % 3", "2"],
  ["2 ** 3 ** 2", "512"],
  ["-2 ** 2", "-4"],
  ["7 / 2.0", "3.5"],
  ["010 + 0x1F + 0b11 + 0o17 + 2L", "59"],
  ["1 % 0.1", "0.09999999999999995"],
  ["-7 % 2.5", "0.5"],
  ["+True", "1"],
  ["-True", "-1"],
  ["str(123456789.123456789)", "'123456789.123'"],
  ["str(1e16) + str(0.1) + str(1.0)", "'1e+160.11.0'"],
  ["[1, 2] + [3] * 2", "[1, 2, 3, 3]"],
  ["[8400+1, 8400+2][-1]", "8402"],
  ["range(1, 8) + range(10, 12)", "[1, 2, 3, 4, 5, 6, 7, 10, 11]"],
  ["'salvus-2013'[:6]", "'salvus'"],
  ["'/%s/port/%s' % ('id', 8400)", "'/id/port/8400'"],
  ["'%(a)s-%(b)03d' % {'a': 'x', 'b': 7}", "'x-007'"],
  ["'100%%' % ()", "'100%'"],
  ["'plain' % [1, 2]", "'plain'"],
  ["'%s' % [1, 'a']", "\"[1, 'a']\""],
  ["'% d|%+d|%-4d|%04d' % (3, 3, 3, -3)", "' 3|+3|3   |-003'"],
  ["'%x %X %o %#x' % (255, 255, 8, 255)", "'ff FF 10 0xff'"],
  ["'%e' % 1500", "'1.500000e+03'"],
  ["'%g %g %g' % (1.5, 1e10, 100000)", "'1.5 1e+10 100000'"],
  ["'%.2f' % (2**70)", "'1180591620717411303424.00'"],
  ["'%c%c' % ('a', 98)", "'ab'"],
  ["'it' 's' u'' r'\\n'", "'its\\\\n'"],
] as const;

const REFUSED = [
  "() * 99999999999999999999",
  "+[1]",
  "+'a'",
  "os.listdir('/')",
  "[x for x in range(3)]",
  "len('abc')",
  "1 if True else 2",
  "'%d' % 'x'",
  "'%s' % ()",
  "'a' % 'b'",
  "1 / 0",
  "0 ** -1",
  "'%x' % 1e999",
  "2 ** 99999",
  "'x' * 1000000",
  "unknown",
  "'${x}'[0:2]",
];

function value(python: string): string {
  return toSource(evaluate(parseExpression(python), new Map()));
}

describe("the evaluator", () => {
  it.each(PYTHON)("gives for %s what Python gave", (python, result) => {
    expect(unquoted(value(python))).toBe(unquoted(result));
  });

  it.each(REFUSED)("does not make a value of %s", python => {
    expect(() => value(python)).toThrow(NotReadable);
  });
});

/** Python chooses the quotes of a text by what is in it. */
function unquoted(source: string): string {
  return source.replaceAll(/\\?['"]/g, "'");
}
