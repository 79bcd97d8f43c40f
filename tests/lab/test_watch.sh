#!/bin/sh
# cornu lab serve and watch: the report at an address that only who has its token can read, built again as the document is
# saved, with a mistake told in the page, and ended by a signal. Skipped without python3, which asks.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
command -v python3 >/dev/null 2>&1 || { echo "skipped: there is no python3"; exit 77; }
scratch=$(mktemp -d "$PWD/watch-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
target=$(head -n 1 heating.csv | tr -d '\r' | awk -F, '{ print $NF }')
cat >lab.md <<END
---
title: Watched
---

\`\`\`cornu
dataset heating.csv target=$target test_split=0.2
dataset normalise
model a
  dense 8 relu
  dense 1
compile a optimizer=adam loss=mse
fit a epochs=2
\`\`\`
END
cat >ask.py <<'END'
import json, os, signal, subprocess, sys, time, urllib.error, urllib.request

program = os.environ["CORNU_PROGRAM"]


def get(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, b""


def wait(ready):
    for _ in range(200):
        if ready():
            return
        time.sleep(0.1)
    sys.exit("failed: it took too long")


def edit(old, new):
    text = open("lab.md").read()
    assert old in text
    with open("next.md", "w") as file:
        file.write(text.replace(old, new))
    os.replace("next.md", "lab.md")


def start(action):
    return subprocess.Popen([program, "lab", action, "lab.md", "--out", action, "--no-cache", "--format", "html"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


server = start("serve")
url = server.stdout.readline().strip()
if not url:
    error = server.stderr.read()
    print("skipped: " + error if "without libmicrohttpd" in error else "failed: " + error)
    sys.exit(77 if "without libmicrohttpd" in error else 1)
try:
    state = lambda: json.loads(get(url + "state")[1])
    settled = lambda runs: not state()["running"] and state()["runs"] >= runs
    wait(lambda: settled(1))
    status, page = get(url)
    assert status == 200 and b"Watched" in page and b"cornuRuns = 1;" in page, page[:200]
    assert url.startswith("http://127.0.0.1:"), url
    root = url[: url.index("/", 8) + 1]
    other = url[:-2] + ("0" if url[-2] != "0" else "1") + "/"
    for path in (root, other, root + "state"):
        assert get(path)[0] == 403, path
    assert get(url, host="example.org")[0] == 403  # a name that leads here
    for path in ("report.pdf", "nothing", "../lab.md", "models/a.keras"):
        assert get(url + path)[0] == 404, path
    assert get(url + "results.csv")[0] == 200
    edit("relu", "rellu")
    wait(lambda: settled(2))
    assert "lab.md:9: 'dense 8 rellu'" in state()["message"], state()
    edit("rellu", "tanh")
    wait(lambda: settled(3))
    assert state()["message"] == "" and b"tanh" in get(url)[1]
finally:
    server.send_signal(signal.SIGTERM)
    assert server.wait(20) == 0, server.stderr.read()

watcher = start("watch")
wait(lambda: os.path.exists("watch/index.html"))
first = open("watch/index.html").read()
edit("Watched", "Looked at")
wait(lambda: "Looked at" in open("watch/index.html").read())
line = watcher.stdout.readline() # when the run has ended
watcher.send_signal(signal.SIGTERM)
out, error = watcher.communicate(timeout=20)
assert watcher.returncode == 0 and "lab.md -> watch" in line and "http" not in line + out, (line, out, error)

# A training that tells more than a pipe holds is stopped all the same.
edit("fit a epochs=2", "fit a epochs=100000000")
server = start("serve")
url = server.stdout.readline().strip()
wait(lambda: state()["progress"])
for number in (signal.SIGSTOP, signal.SIGCONT):  # long enough for its pipe to be full
    server.send_signal(number)
    time.sleep(2 if number == signal.SIGSTOP else 0)
server.send_signal(signal.SIGHUP)
assert server.wait(20) == 0, server.stderr.read()
print("a document that is watched")
END
python3 ask.py
