#!/bin/sh
# coverage.sh BUILD: a table of the branches that were taken, a line a room, the files below 95 in a hundred, and what the branches are
# that no test takes in the readers of files, by the line of the source they stand in.
set -eu
cd "$1"
# the same sources in double precision, which only check gradients, are not what is shipped
counted() { find . -name '*.gcda' ! -path '*-f64*'; }
counted | while read -r counts; do
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

echo
counted | while read -r counts; do
    case $counts in */src/data/* | */src/formats/* | *src_data_* | *src_formats_*) ${GCOV:-gcov} -b -t -o "$(dirname "$counts")" "$counts" 2>/dev/null ;; esac
done | awk '
    /^ *-: *0:Source:/ {
        file = $0
        reader = sub(/^.*\/src\//, "", file) && file ~ /\.c$/ && !(file in seen) &&
            file ~ /^(data\/(files|table|images)\/|formats\/(hdf5\/(read|objects)|keras\/[a-z0-9_]*(read|json_graph|json_values|objects|h5_|keras_file)|onnx\/read\/|tfjs\/(read|topology)|tensorboard\/event_read|npz_file))/
        if (reader) seen[file] = 1
    }
    /^ *[^:]*: *[0-9]+:/ { line = $0; sub(/^ *[^:]*: *[0-9]+:/, "", line) }
    /^branch/ && reader {
        all++
        if (!/taken 0%/ && !/never/) next
        left++
        if (line ~ /json_(object|array)_foreach/) kind["a loop of jansson, which asks each item once more whether it is there"]++
        else if (line ~ /json_is_/) kind["json_is_…, which asks whether a value is there and of a kind"]++
        else if (line ~ /CN_ERROR_MEMORY|alloc|strdup|fail_memory|failed|arena/) kind["memory ran out"]++
        else if (line ~ /CN_TRY|cn_error_status|status *[=!]= *CN_OK/) kind["an error of another function is passed on"]++
        else if (line ~ /errno|fstat|open|fread|[^a-z_]read\(|fclose|mmap/) kind["a file could not be opened or read"]++
        else if (line ~ /zip_|json_|png_|jpeg_|inflate|ZSTD|lib\.|H5/) kind["a library failed"]++
        else kind["other"]++
    }
    END {
        printf "readers of files: %d of %d branches taken, %.1f %%; the others by the line they stand in:\n", all - left, all, 100 * (all - left) / all
        for (k in kind) printf "%6d  %s\n", kind[k], k | "sort -rn"
    }'
