/** Turns chunks of output into whole lines with a name before each. */
export interface LinePrefixer {
  add(text: string): void;
  /** Writes what is left without a line end. */
  end(): void;
}

/** `name: line`, written line by line, so that lines of several logs never mix within one. */
export function createLinePrefixer(name: string, write: (line: string) => void): LinePrefixer {
  let rest = "";
  return {
    add(text) {
      const lines = `${rest}${text}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) write(`${name}: ${line}\n`);
    },
    end() {
      if (rest !== "") write(`${name}: ${rest}\n`);
      rest = "";
    },
  };
}
