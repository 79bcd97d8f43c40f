# complete.bash SCRIPT WORD…: what bash offers for the last word after TAB, a line each. The words are split as readline splits
# them: '=' is a word of its own.
source "$1"
shift
COMP_WORDS=()
for word in "$@"; do
    if [[ $word == --*=* ]]; then COMP_WORDS+=("${word%%=*}" =); [[ -z ${word#*=} ]] || COMP_WORDS+=("${word#*=}")
    else COMP_WORDS+=("$word"); fi
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; } # only while a completion runs
_cornu
printf '%s\n' "${COMPREPLY[@]}"
