# Completions of shells: bash runs its script; zsh and fish run theirs where they are installed.
set -eu
command -v bash >/dev/null || { echo "no bash"; exit 77; }
folder=$(mktemp -d "$PWD/completion-XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() { echo "FAILED: $*"; exit 1; }
"$CORNU_PROGRAM" completion bash >cornu.bash
"$CORNU_PROGRAM" completion zsh >_cornu
"$CORNU_PROGRAM" completion fish >cornu.fish
mkdir a-folder
touch net.keras "two words.keras"

# offers 'WORD WORD …' COMMAND LINE…: all of these are among what bash offers; !WORD is not
offers() {
    expected=$1
    shift
    bash "$CORNU_TESTS_DIR/cli/complete.bash" ./cornu.bash "$@" >out 2>err || { cat err; fail "bash on: $*"; }
    [ ! -s err ] || { cat err; fail "bash complains about: $*"; }
    for word in $expected; do
        case $word in
        !*) ! grep -qxF -e "${word#!}" out || { cat out; fail "${word#!} is offered for: $*"; } ;;
        *) grep -qxF -e "$word" out || { cat out; fail "$word is not offered for: $*"; } ;;
        esac
    done
}
offers 'train evaluate doctor help --color' cornu ''
offers 'predict !train' cornu pre
offers '--epochs --no-shuffle --json --color --help !--index' cornu train --
offers '--validation-split --validation-data --validation-x !--epochs' cornu train --val
offers 'mnist fashion_mnist net.keras' cornu train --data ''
offers 'mnist !net.keras' cornu evaluate -d mn
offers 'net.keras !mnist' cornu predict --model ne
offers 'net.keras' cornu predict ne
offers 'net.keras' cornu ensemble ne
offers 'a-folder !net.keras' cornu train --data-dir ''
offers 'adam adamw' cornu train --optimizer ad
offers 'huber' cornu train --loss hub
offers 'precision' cornu evaluate --metrics prec
offers 'early_stopping' cornu train --callbacks early
offers 'auto always never' cornu train --color ''
offers 'always' cornu train --color=al
offers 'auto always never' cornu --color=
offers 'train' cornu --color never tr
offers 'list info grid' cornu data ''
offers 'run check render new' cornu lab ''
offers 'bash zsh fish' cornu completion ''
offers 'train lab' cornu help ''
bash "$CORNU_TESTS_DIR/cli/complete.bash" ./cornu.bash cornu predict two | grep -qx 'two words.keras' || fail "a name with a blank"

# every option of every help is in each script
for command in train evaluate predict summary convert export data lab doctor cache; do
    "$CORNU_PROGRAM" $command --help | sed -n 's/^  \(-., \|    \)--\(no-\)\{0,1\}\([a-z0-9-]*\).*/\3/p' | sort -u >options
    [ "$(wc -l <options)" -ge 3 ] || fail "no options in cornu $command --help"
    bash "$CORNU_TESTS_DIR/cli/complete.bash" ./cornu.bash cornu $command -- | sed 's/^--//; s/^no-//' | sort -u >offered
    missing=$(comm -23 options offered)
    [ -z "$missing" ] || fail "cornu $command: not offered:" $missing
    while read -r option; do
        grep -qE -e "--(no-)?$option[]=['{[}]" _cornu || fail "zsh lacks --$option"
        grep -qE -e "-l (no-)?$option " cornu.fish || fail "fish lacks --$option"
    done <options
done

if command -v zsh >/dev/null; then
    zsh -f -n _cornu || fail "zsh does not read its script"
    # the completion system itself, in a shell on a pseudo-terminal
    cat >ask.zsh <<'ZSH'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($PWD \$fpath); autoload -Uz compinit; compinit -u -d $PWD/dump; bindkey '^I' list-choices; LISTMAX=1000; print re''ady"
zpty -r shell out '*ready*' # printed, not echoed: an echo may be parted where its line ends
zpty -w -n shell "$1"$'\t'
sleep 1
zpty -r shell out '*'
all=
while zpty -r -t shell out; do all+=$out; done
print -r -- "$out$all"
zpty -d shell
ZSH
    timeout 20 zsh -f ask.zsh 'cornu train --valid' >out 2>&1 || true
    grep -q -e '--validation-split' out || echo "zsh: nothing could be read from its terminal (its script is read without a complaint)"
else
    echo "no zsh: its script is not run"
fi
if command -v fish >/dev/null; then
    HOME=$folder fish --no-execute cornu.fish || fail "fish does not read its script"
    fish_says() { HOME=$folder fish -c "source ./cornu.fish; complete -C '$1'" | cut -f 1; }
    fish_says 'cornu pre' | grep -qx predict || fail "fish: cornu pre"
    fish_says 'cornu train --validation-s' | grep -qx -e '--validation-split' || fail "fish: --validation-s"
    fish_says 'cornu train --optimizer adamw' | grep -q adamw || fail "fish: --optimizer"
    fish_says 'cornu data li' | grep -qx list || fail "fish: cornu data li"
else
    echo "no fish: its script is not run"
fi
