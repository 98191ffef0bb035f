#!/bin/sh
# In rustdoc's place where cargo has it run the examples of a crate's documentation: reads all of the documentation
# instead, and takes no warning. Cargo says there, and only there, where the crates lie that were built to be run.
set -eu
rustdoc=$(command -v rustdoc)
case " $* " in *" --test "*) ;; *) exec "$rustdoc" "$@" ;; esac

skip=no
for argument do
    shift
    if [ "$skip" = yes ]; then
        skip=no
        continue
    fi
    case $argument in
        --test | --no-run | --test-*=*) ;;
        --test-*) skip=yes ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "$rustdoc" "$@" -D warnings --out-dir "$VISAGE_DOC"
