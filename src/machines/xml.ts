/** One element of an XML document. A child that is text is escaped when it is written. */
export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string | number>>;
  children: readonly (XmlElement | string)[];
}

/** An element with its attributes and children, in the order in which they are written. */
export function element(
  name: string,
  attributes: XmlElement["attributes"] = {},
  children: XmlElement["children"] = [],
): XmlElement {
  return { name, attributes, children };
}

/** Writes an element with all below it, two spaces a level; text stands alone in its element. */
export function renderXml({ name, attributes, children }: XmlElement, indent = ""): string {
  const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const opening = `${indent}<${name}${words.join("")}`;
  if (children.length === 0) return `${opening}/>\n`;
  const [text] = children;
  if (children.length === 1 && typeof text === "string") return `${opening}>${escapeXml(text)}</${name}>\n`;
  const inner = children.map(child =>
    typeof child === "string" ? `${indent}  ${escapeXml(child)}\n` : renderXml(child, `${indent}  `),
  );
  return `${opening}>\n${inner.join("")}${indent}</${name}>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/**
 * Text as it may stand in an element or between quotes. Line ends and tabs are kept as character references, which an
 * attribute would otherwise lose. Throws for characters that no XML 1.0 document can hold (section 2.2).
 */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters that are meant
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text)) {
    throw new Error(`XML has no way to write ${JSON.stringify(text)}`);
  }
  return text
    .replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
    .replace(/[\t\n\r]/g, character => `&#${character.codePointAt(0)};`);
}
