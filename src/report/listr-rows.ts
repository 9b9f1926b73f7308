import type { ChalkInstance } from "chalk";
import type { ListrDefaultRendererLogLevels } from "listr2";
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

/**
 * Starts the rows. listr2 as it comes draws at every change of every task: 158 s of CPU for 300 hosts. Here it draws at
 * most once a frame, and asks for the text only then. It never touches signals and always resolves.
 */
export async function createRows({ names, output, colors, text, clear = false }: RowsOptions): Promise<Rows> {
  const listr2 = await import("listr2");
  const { DefaultRenderer, Listr, ListrLogger, ProcessOutput, ListrDefaultRendererLogLevels: Level } = listr2;
  const tasks = new Map(names.map(name => [name, Promise.withResolvers<void>()]));
  const titles = new Map<string, { title: string }>();

  function refreshTitles(): void {
    const current = text();
    for (const [name, row] of titles) {
      const title = current.get(name) ?? "";
      if (row.title !== title) row.title = title;
    }
  }

  class FrameRenderer extends DefaultRenderer {
    /** It draws on stderr, so whether stdout is a terminal does not matter. */
    static override nonTTY = true;
    #next: NodeJS.Timeout | undefined;

    override update(): void {
      this.#next ??= setTimeout(() => {
        this.#next = undefined;
        refreshTitles();
        super.update();
      }, FRAME);
    }

    override end(): void {
      refreshTitles();
      clearTimeout(this.#next);
      super.end();
    }
  }

  const stream = output as NodeJS.WriteStream;
  const list = new Listr(
    names.map(name => ({
      title: "",
      task: (_context, row) => {
        titles.set(name, row as { title: string });
        return tasks.get(name)?.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      exitAfterRollback: false,
      registerSignalListeners: false,
      renderer: FrameRenderer,
      rendererOptions: {
        formatOutput: "truncate",
        showErrorMessage: false,
        clearOutput: clear,
        logger: new ListrLogger<ListrDefaultRendererLogLevels>({
          useIcons: true,
          processOutput: new ProcessOutput(stream, stream),
        }),
        color: {
          [Level.PENDING]: colors.yellow,
          [Level.COMPLETED]: colors.green,
          [Level.FAILED]: colors.red,
        },
      },
    },
  );
  return {
    settle: (name, ok) => {
      if (ok) tasks.get(name)?.resolve();
      else tasks.get(name)?.reject(new Error(`${name} failed`));
    },
    ended: list.run().then(() => undefined),
  };
}
