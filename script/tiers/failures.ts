import { stripVTControlCharacters } from "node:util";
import * as v from "valibot";

const LINES_OF_A_MESSAGE = 25;

const AssertionSchema = v.object({
  status: v.string(),
  fullName: v.string(),
  failureMessages: v.nullish(v.array(v.string()), []),
});
const ReportSchema = v.object({
  testResults: v.array(
    v.object({
      name: v.string(),
      message: v.optional(v.string(), ""),
      assertionResults: v.array(AssertionSchema),
      status: v.string(),
    }),
  ),
});

type FileResult = v.InferOutput<typeof ReportSchema>["testResults"][number];

/**
 * What failed in one vitest run, from its JSON report: a paragraph a test, its file and name first, so that the end of a
 * long log tells what is wrong. Empty for a report that cannot be read; the counts of the run say that.
 */
export function failuresOfRun(report: string): string[] {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ReportSchema), report);
  return parsed.success ? parsed.output.testResults.flatMap(failuresOfFile) : [];
}

function failuresOfFile(file: FileResult): string[] {
  const failed = file.assertionResults.filter(test => test.status === "failed");
  if (failed.length === 0 && file.status === "failed") return [paragraph(file.name, file.message)];
  return failed.map(test => paragraph(`${file.name}: ${test.fullName}`, test.failureMessages.join("\n")));
}

function paragraph(heading: string, message: string): string {
  const lines = stripVTControlCharacters(message).trim().split("\n").slice(0, LINES_OF_A_MESSAGE);
  return [heading, ...lines.map(line => `    ${line}`)].join("\n");
}
