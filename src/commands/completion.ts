import { ExitCode } from "../base/exit-code.ts";
import type { CommandContext } from "./model.ts";

/** Shells that smc can complete in. */
export type Shell = "bash" | "zsh" | "fish";

/**
 * Each script hands the words so far, the one under the cursor last, to `smc __complete`, which answers with one
 * candidate a line, a tab and what it means. So no script has to know a verb, and hosts are those of the services file.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion for smc: eval "$(smc completion bash)"
_smc() {
  local candidate
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    COMPREPLY+=("$candidate")
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _smc smc
`,
  zsh: `#compdef smc
# zsh completion for smc: source <(smc completion zsh)
_smc() {
  local -a candidates
  local line
  while IFS= read -r line; do
    candidates+=("\${\${line//:/\\\\:}/$'\\t'/:}")
  done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe smc candidates; else _files; fi
}
compdef _smc smc
`,
  fish: `# fish completion for smc: smc completion fish | source
complete -c smc -e
complete -c smc -n 'test (count (smc __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)) -gt 0' -f
complete -c smc -a '(smc __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

/** `smc completion SHELL`: prints the script that makes the shell complete smc. */
export function completion({ io }: CommandContext<object>, shell: Shell): Promise<ExitCode> {
  io.stdout.write(SCRIPTS[shell]);
  return Promise.resolve(ExitCode.Done);
}
