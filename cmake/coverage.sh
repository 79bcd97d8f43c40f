#!/bin/sh
# coverage.sh BUILD: a table of the branches that were taken, a line a room, and the files below 95 in a hundred.
set -eu
cd "$1"
find . -name '*.gcda' | while read -r counts; do
    ${GCOV:-gcov} -b -n -o "$(dirname "$counts")" "$counts" 2>/dev/null
done | awk '
    # the last "src" of the path: the tree may lie in a folder of that name
    /^File / { file = $0; gsub(/^File .|.$/, "", file); known = sub(/^.*\/src\//, "", file) && file ~ /\.c$/ }
    /^Taken at least once:/ && known && !(file in total) {
        split($0, part, /[:%]| of /)
        total[file] = part[4]
        taken[file] = int(part[2] * part[4] / 100 + 0.5)
    }
    END {
        for (file in total) {
            room = file ~ /^model\/plan/ ? "plan" : substr(file, 1, index(file, "/") - 1)
            if (room !~ /^(base|data|formats|plan)$/) continue
            all[room] += total[file]; hit[room] += taken[file]; files[room]++
            if (total[file] && taken[file] / total[file] < 0.95)
                low[++count] = sprintf("%6.1f %%  %4d of %4d  %s", 100 * taken[file] / total[file], taken[file], total[file], file)
        }
        printf "%-8s %6s %9s %9s %7s\n", "room", "files", "branches", "taken", ""
        n = split("base data formats plan", rooms, " ")
        for (i = 1; i <= n; i++)
            printf "%-8s %6d %9d %9d %6.1f %%\n", rooms[i], files[rooms[i]], all[rooms[i]], hit[rooms[i]], 100 * hit[rooms[i]] / all[rooms[i]]
        printf "\n%d files below 95 %%\n", count
        for (i = 1; i <= count; i++) print low[i] | "sort -n"
    }'
