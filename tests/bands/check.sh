#!/bin/sh
# check.sh RESULTS.csv: each network's last epoch beside the range in which Keras itself lands with other seeds.
set -eu
[ -r "${1:?RESULTS.csv}" ] || { echo "no file $1" >&2; exit 2; }
awk -F '\t' '
    NR == FNR { if ($0 !~ /^#/) { order[++n] = $1; for (i = 2; i <= 7; i++) band[$1, i] = $i }; next }
    FNR == 1 { next }
    {   # model,title,fit,seed,epoch,name,value; only a title may hold a comma
        k = split($0, c, ",")
        last[c[1], c[k - 1]] = c[k]
    }
    function one(model, name, i,   v, good) {
        v = last[model, name]
        if (v == "") { lacking += name == "loss"; return "-" } # not every network is evaluated
        good = v >= band[model, i] && v <= band[model, i + 1]
        if (!good) outside++
        return sprintf("%.4f (%.4f-%.4f)%s", v, band[model, i], band[model, i + 1], good ? "" : " OUTSIDE")
    }
    END {
        printf "%-10s %-26s %-26s %s\n", "model", "loss", "val_accuracy", "test_accuracy"
        for (i = 1; i <= n; i++)
            printf "%-10s %-26s %-26s %s\n", order[i], one(order[i], "loss", 2), one(order[i], "val_accuracy", 4), one(order[i], "test_accuracy", 6)
        printf "%d networks, %d values outside, %d networks missing\n", n, outside, lacking
        exit outside > 0 || lacking > 0
    }' "$(dirname "$0")/mnist.tsv" "$1"
