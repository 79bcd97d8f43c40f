#!/bin/sh
# What the scripts of a report's page do, in a browser: zoom with y following, reset, data as CSV, a file of SVG, the same
# epoch in all panels under the pointer, code in colours, search. Skipped where there is no Chromium.
set -eu
[ -n "${CORNU_PROGRAM:-}" ] || { echo "skipped: CORNU_PROGRAM is not set"; exit 77; }
browser=
for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null 2>&1 && browser=$name && break; done
[ -n "$browser" ] || { echo "skipped: there is no Chromium"; exit 77; }
scratch=$(mktemp -d "$PWD/page-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cp "$CORNU_TESTS_DIR/../labs/heating.csv" "$scratch"
cd "$scratch"
target=$(head -n 1 heating.csv | tr -d '\r' | awk -F, '{ print $NF }')

fail() { echo "failed: $*" >&2; exit 1; }

cat >lab.md <<END
# Años de formación

\`\`\`cornu
dataset heating.csv target=$target test_split=0.2
dataset normalise
model a "One, \"two\""
  dense 4 relu
  dense 1
compile a optimizer=adam loss=mse metrics=mae
fit a epochs=8 validation_split=0.25
plot history a
\`\`\`
END
"$CORNU_PROGRAM" lab run lab.md --out out --no-cache --format html --quiet

cat >act.js <<'END'
addEventListener('load', async () => {
  const said = [], say = (name, ok) => said.push(`${name}:${ok ? 'yes' : 'no'}`);
  const figure = document.querySelector('[data-name="history-a"]'), svg = figure.querySelector('.wide svg');
  const frame = svg.getBoundingClientRect();
  svg.setPointerCapture = () => {};
  const send = (type, x) => svg.dispatchEvent(new PointerEvent(type, {bubbles: true, button: 0, pointerType: 'mouse',
    clientX: frame.left + x * frame.width / 960, clientY: frame.top + 0.5 * frame.height}));
  const files = [];
  URL.createObjectURL = (blob) => { files.push(blob); return '#'; };
  const button = (text) => [...figure.querySelectorAll('.menu button')].find((b) => b.textContent === text);
  button('CSV').click();
  button('SVG').click();
  const [csv, drawing] = await Promise.all(files.map((blob) => blob.text()));
  say('csv', csv.startsWith('panel,x,series,value\n') && csv.trim().split('\n').length === 1 + 2 * 2 * 8);
  say('svg', !drawing.includes('var(') && drawing.includes('stroke: #0072B2'));
  send('pointermove', 200);
  const tip = [...figure.querySelectorAll('.tip')].find((t) => !t.hidden);
  say('across', tip && tip.querySelectorAll('em').length === 4 && svg.querySelectorAll('.guide').length === 2);
  const before = svg.querySelector('.series path').getBoundingClientRect();
  send('pointerdown', 200), send('pointermove', 400), send('pointerup', 400);
  const after = svg.querySelector('.series path').getBoundingClientRect();
  say('zoom', figure.classList.contains('zoomed') && after.width > 1.3 * before.width && svg.views.length === 2);
  button('Reset zoom').click();
  const last = svg.querySelector('.series path').getBoundingClientRect();
  say('reset', !figure.classList.contains('zoomed') && Math.abs(last.width - before.width) < 1);
  say('code', document.querySelector('.source .code-word').textContent === 'dataset' && document.querySelector('.copy'));
  const field = document.querySelector('.search input');
  field.value = 'anos';
  field.dispatchEvent(new Event('input'));
  say('search', document.querySelector('.search output').textContent === '1');
  say('contents', document.querySelector('.contents [aria-current]') !== null || scrollY === 0);
  document.title = said.join(' ');
});
END
awk '{ if ($0 == "</body>") { print "<script>"; while ((getline line < "act.js") > 0) print line; print "</script>" } print }' \
    out/index.html >probe.html
grep -q 'history-a' probe.html && grep -q 'addEventListener(.load., async' probe.html || fail "no page to look at"
"$browser" --headless --no-sandbox --disable-gpu --window-size=1300,900 --virtual-time-budget=4000 --dump-dom \
    "file://$PWD/probe.html" >dom.html 2>browser.log || { cat browser.log >&2; echo "skipped: Chromium does not run here"; exit 77; }
title=$(sed -n 's|.*<title>\([^<]*\)</title>.*|\1|p' dom.html | head -n 1)
[ "$title" = "csv:yes svg:yes across:yes zoom:yes reset:yes code:yes search:yes contents:yes" ] || fail "the page says: $title"
grep -q 'src="http\|href="http\|url(http' out/index.html && fail "the page asks somebody for something"
echo "a page in a browser"
