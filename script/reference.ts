import { mkdirSync, writeFileSync } from "node:fs";
import { commandTable } from "../src/cli/commands.ts";
import { manPage } from "./reference/man-page.ts";
import { markdownReference } from "./reference/markdown.ts";

// Writes docs/cli.md and docs/smc.1 from the command table; test/cli/reference.test.ts fails when they are old.
mkdirSync("docs", { recursive: true });
writeFileSync("docs/cli.md", markdownReference(commandTable));
writeFileSync("docs/smc.1", manPage(commandTable));
