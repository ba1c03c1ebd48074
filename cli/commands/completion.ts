/** `opsc completion SHELL` */
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";

export type Shell = "bash" | "zsh" | "fish";

export function run(io: Io, shell: Shell): ExitCode {
  if (io.json) io.raw(JSON.stringify({ shell, script: SCRIPTS[shell] }));
  else io.raw(SCRIPTS[shell]);
  return EXIT.done;
}

/**
 * bash parts words at `=` and `:` and puts a reply in the place of the last part, so what stands before it is taken off
 * each reply.
 */
const BASH = `# opsc completion for bash: source <(opsc completion bash)
_opsc_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} word lead= reply value
  word=\${line##*[[:space:]]}
  [[ $word == *[=:]* ]] && lead=\${word%"\${word##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r reply; do
    case $reply in
      :open) compopt -o nospace 2>/dev/null ;;
      :folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "\${word#"$lead"}") ;;
      :files*)
        compopt -o filenames 2>/dev/null
        while IFS= read -r value; do
          [[ -d $value || $reply == ":files" || $value == *"\${reply#:files }" ]] && COMPREPLY+=("$value")
        done < <(compgen -f -- "\${word#"$lead"}") ;;
      *)
        value=\${reply%%$'\\t'*}
        COMPREPLY+=("$(printf %q "\${value#"$lead"}")") ;;
    esac
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" __complete --line "$line" 2>/dev/null)
  return 0
}
complete -F _opsc_complete opsc`;

const ZSH = `#compdef opsc
# opsc completion for zsh: source <(opsc completion zsh), or keep it as _opsc in a folder of $fpath
_opsc() {
  local reply value about suffix=' ' files=
  local -a values shown
  for reply in "\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $reply in
      '') ;;
      :open) suffix='' ;;
      :folders) files='-/' ;;
      :files) files='-f' ;;
      ':files '*) files="-g *\${reply#:files }(-.)" ;;
      *)
        value=\${reply%%$'\\t'*}
        about=\${reply#*$'\\t'}
        values+=("$value")
        if [[ $about == $reply ]]; then shown+=("$value"); else shown+=("$value  -- $about"); fi ;;
    esac
  done
  (( \${#values} )) && compadd -l -S "$suffix" -d shown -- "\${values[@]}"
  if [[ -n $files ]]; then
    case $files in
      -g*) _path_files -g "\${files#-g }"; _path_files -/ ;;
      *) _path_files $files ;;
    esac
  fi
}
if [[ $funcstack[1] == _opsc ]]; then _opsc "$@"; else compdef _opsc opsc; fi`;

const FISH = `# opsc completion for fish: opsc completion fish | source
function __opsc_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l opsc $words[1]
    set -e words[1]
    for reply in ($opsc __complete $words "$current" 2>/dev/null)
        switch $reply
            case ':open'
            case ':folders'
                __fish_complete_directories "$current"
            case ':files'
                __fish_complete_path "$current"
            case ':files *'
                set -l ending (string escape --style=regex -- (string replace ':files ' '' -- $reply))
                __fish_complete_path "$current" | string match -r '.*(?:/|'$ending')(?:\\t.*)?$'
            case '*'
                printf '%s\\n' $reply
        end
    end
end
complete -c opsc -f -a '(__opsc_complete)'`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
