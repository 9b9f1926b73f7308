import type { ChalkInstance } from "chalk";
import type * as Listr2 from "listr2";
import type { Milliseconds } from "../base/units.ts";
import type { Output } from "./model.ts";

/** How often the rows are drawn at most. */
const FRAME: Milliseconds = 150;

/** A list of rows on the terminal, redrawn by listr2. */
export interface Rows {
  /** Stops the spinner of a row and marks it. */
  settle(name: string, ok: boolean): void;
  /** Resolves when every row is settled and the terminal is as it was. */
  ended: Promise<void>;
}

export interface RowsOptions {
  /** The names of the rows, from the top. */
  names: readonly string[];
  output: Output;
  colors: ChalkInstance;
  /** Text of each row by name, asked once a frame; a row without text, or with an empty one, is not shown. */
  text: () => ReadonlyMap<string, string>;
  /** Leaves nothing on the terminal at the end. */
  clear?: boolean;
}

/** Starts the rows. listr2 is kept from handling signals, which would end the process, and the rows always end. */
export async function createRows({ names, text, ...look }: RowsOptions): Promise<Rows> {
  const listr2 = await import("listr2");
  const results = new Map(names.map(name => [name, Promise.withResolvers<void>()]));
  const rows = new Map<string, Row>();
  const tasks = names.map(name => ({
    title: "",
    task: (_context: object, row: Row) => {
      rows.set(name, row);
      return results.get(name)?.promise;
    },
  }));
  const list = new listr2.Listr<object, typeof Listr2.DefaultRenderer>(tasks, {
    concurrent: true,
    // A failed row must not end the list, and with the first alone it would never end; see listr2's Listr.run().
    exitOnError: false,
    exitAfterRollback: false,
    registerSignalListeners: false,
    renderer: frameRenderer(listr2.DefaultRenderer, () => retitle(rows, text())),
    rendererOptions: rendererOptions(listr2, look),
  });
  return {
    settle: (name, ok) => {
      if (ok) results.get(name)?.resolve();
      else results.get(name)?.reject(new Error(`${name} failed`));
    },
    ended: list.run().then(() => undefined),
  };
}

/** What of a listr2 task is used here. */
interface Row {
  title: string | null;
}

function retitle(rows: ReadonlyMap<string, Row>, text: ReadonlyMap<string, string>): void {
  for (const [name, row] of rows) {
    const title = text.get(name) ?? "";
    if (row.title !== title) row.title = title;
  }
}

/**
 * listr2's own renderer draws at every change of every task: 158 s of CPU for 300 hosts. This one draws at most once a
 * frame, and only then asks for the texts by `refresh`.
 */
function frameRenderer(
  Renderer: typeof Listr2.DefaultRenderer,
  refresh: () => void,
): typeof Listr2.DefaultRenderer {
  return class extends Renderer {
    /** It draws on stderr, so whether stdout is a terminal does not matter. */
    static override nonTTY = true;
    #next: NodeJS.Timeout | undefined;

    override update(): void {
      this.#next ??= setTimeout(() => {
        this.#next = undefined;
        refresh();
        super.update();
      }, FRAME);
    }

    override end(): void {
      refresh();
      clearTimeout(this.#next);
      super.end();
    }
  };
}

function rendererOptions(
  { ListrLogger, ProcessOutput, ListrDefaultRendererLogLevels: Level }: typeof Listr2,
  { output, colors, clear = false }: Pick<RowsOptions, "output" | "colors" | "clear">,
) {
  const stream = output as NodeJS.WriteStream;
  return {
    // One line of text takes one line of the terminal, so that what fits by count fits.
    formatOutput: "truncate",
    showErrorMessage: false,
    clearOutput: clear,
    logger: new ListrLogger<Listr2.ListrDefaultRendererLogLevels>({
      useIcons: true,
      processOutput: new ProcessOutput(stream, stream),
    }),
    color: { [Level.PENDING]: colors.yellow, [Level.COMPLETED]: colors.green, [Level.FAILED]: colors.red },
  } as const;
}
