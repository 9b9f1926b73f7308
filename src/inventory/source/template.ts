/** A text in parts: what is between `${` and `}` is a reference, which may hold references itself. */
export type TemplatePart = string | { reference: readonly TemplatePart[] };

/** Splits a text at its references; `$${` is a plain `${`. Gives undefined when one is not closed. */
export function parseTemplate(text: string): readonly TemplatePart[] | undefined {
  const { parts, end } = readParts(text, 0, false);
  return end === text.length ? parts : undefined;
}

/** Whether there is anything for `parseTemplate` to do. */
export function hasReference(text: string): boolean {
  return text.includes("${");
}

function readParts(text: string, start: number, inside: boolean): { parts: TemplatePart[]; end: number } {
  const parts: TemplatePart[] = [];
  let at = start;
  let plain = "";
  const end = inside ? "}" : undefined;
  while (at < text.length && text[at] !== end) {
    if (text.startsWith("$${", at)) {
      plain += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const nested = readParts(text, at + 2, true);
      if (text[nested.end] !== "}") return { parts, end: -1 };
      if (plain !== "") parts.push(plain);
      plain = "";
      parts.push({ reference: nested.parts });
      at = nested.end + 1;
    } else {
      plain += text[at++];
    }
  }
  if (plain !== "") parts.push(plain);
  return { parts, end: at };
}
