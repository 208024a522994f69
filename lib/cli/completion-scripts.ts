/** What the shells ask: `dugout complete -- <words>`, the last of them being the one under the cursor. No answer: files. */
export const scripts: Readonly<Record<string, string>> = {
  bash: `_dugout() {
  local found
  COMPREPLY=()
  # what is found is quoted, never expanded: names come from files
  while IFS= read -r found; do COMPREPLY+=("$(printf '%q' "$found")"); done < <(dugout complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _dugout dugout
`,
  zsh: `#compdef dugout
_dugout() {
  local -a found
  found=("\${(@f)$(dugout complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -Q -- "\${(@q)found}"; else _files; fi
}
compdef _dugout dugout
`,
  fish: `function __dugout_complete
  set -l words (commandline -opc) (commandline -ct)
  dugout complete -- $words[2..-1] 2>/dev/null
end
complete -c dugout -a '(__dugout_complete)'
`,
}
