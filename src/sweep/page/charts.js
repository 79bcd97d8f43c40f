// Importance, slices and fronts, learning curves: of the trials that are kept.

// How much of the variance of the first goal a dimension explains by itself: ω² (Hays 1963) of the goal over bins of the
// dimension, (SSB − (B − 1) · MSW) / (SST + MSW), where SSB and SST are the sums of squares between bins and in all, MSW the mean
// square within bins, and B is the number of bins: those of equal counts of trials, at most eight, or the choices.
const MOST_BINS = 8, LEAST_TRIALS = 8;
const orders = new Map(); // of the complete trials, by a dimension: sorted once
function orderBy(c) {
    if (!orders.has(c)) {
        const list = [];
        for (let i = 0; i < count; i++)
            if (study.state[i] === COMPLETE && Number.isFinite(main.values[i]) && !Number.isNaN(c.values[i])) list.push(i);
        orders.set(c, Int32Array.from(list).sort((a, b) => c.values[a] - c.values[b] || a - b));
    }
    return orders.get(c);
}
function omega(c) {
    const list = orderBy(c).filter(i => kept[i]);
    const n = list.length;
    if (n < LEAST_TRIALS) return 0;
    const bins = new Map();
    const wanted = Math.min(MOST_BINS, Math.floor(n / 4));
    list.forEach((i, k) => {
        const bin = c.words ? c.values[i] : Math.floor(k * wanted / n);
        if (!bins.has(bin)) bins.set(bin, []);
        bins.get(bin).push(main.values[i]);
    });
    if (bins.size < 2 || n <= bins.size) return 0;
    const mean = list.reduce((s, i) => s + main.values[i], 0) / n;
    let between = 0, within = 0;
    for (const values of bins.values()) {
        const m = values.reduce((s, v) => s + v, 0) / values.length;
        between += values.length * (m - mean) ** 2;
        within += values.reduce((s, v) => s + (v - m) ** 2, 0);
    }
    const square = within / (n - bins.size);
    return Math.max(0, (between - (bins.size - 1) * square) / (between + within + square));
}

function drawImportance() {
    const p = pen("importance");
    if (!main) return;
    const known = order.filter(i => kept[i] && study.state[i] === COMPLETE && Number.isFinite(main.values[i])).length;
    if (known < LEAST_TRIALS) { say(p, "It takes " + LEAST_TRIALS + " complete trials; " + known + (known === 1 ? " is" : " are") + " kept."); return; }
    const list = dimensions.map(c => ({ name: c.name, value: omega(c) })).sort((a, b) => b.value - a.value).slice(0, 12);
    const most = Math.max(0.01, ...list.map(d => d.value)), left = Math.min(190, p.w * 0.45), row = Math.min(36, (p.h - 20) / Math.max(1, list.length));
    list.forEach((d, i) => {
        const y = 10 + i * row;
        p.g.fillStyle = css("--ink");
        p.g.textAlign = "right";
        p.g.fillText(fit(p.g, d.name, left - 16), left - 8, y + row / 2 + 4);
        p.g.fillStyle = css("--link");
        p.g.fillRect(left, y + 3, Math.max(1, d.value / most * (p.w - left - 70)), row - 6);
        p.g.textAlign = "left";
        p.g.fillStyle = css("--muted");
        p.g.fillText(d.value.toFixed(3), left + d.value / most * (p.w - left - 70) + 6, y + row / 2 + 4);
    });
}

// ---- slices and fronts ----
let scatterPlaces = [];
const scatterColours = Array.from({ length: HUES }, (_, hue) => colour((hue + 0.5) / HUES, 0.75));
function better(c, a, b) { return c.max ? a > b : a < b; }

// The trials that none is better than in both columns; for goals and for what costs (less is better).
function front(x, y, list) {
    const sorted = list.slice().sort((a, b) => x.values[a] === x.values[b] ? (better(y, y.values[a], y.values[b]) ? -1 : 1)
                                                                         : better(x, x.values[a], x.values[b]) ? -1 : 1);
    const out = [];
    for (const i of sorted)
        if (!out.length || better(y, y.values[i], y.values[out[out.length - 1]])) out.push(i);
    return out;
}

function drawScatter() {
    const p = pen("scatter");
    const x = columns.find(c => c.name === document.getElementById("scatter-x").value),
          y = columns.find(c => c.name === document.getElementById("scatter-y").value);
    if (!x || !y) return;
    const { px, py } = frame(p, x, y, 62, 22), list = [];
    scatterPlaces = [];
    for (let k = count - 1; k >= 0; k--) {
        const i = order[k];
        if (!kept[i] || Number.isNaN(x.values[i]) || Number.isNaN(y.values[i]) || study.state[i] === "f") continue;
        const jitter = x.words ? ((i * 2654435761 >>> 0) / 4294967296 - 0.5) * 24 : 0;
        const place = [px(x.values[i]) + jitter, py(y.values[i]), i];
        scatterPlaces.push(place);
        p.g.fillStyle = study.state[i] === COMPLETE ? scatterColours[hues[i]] : css("--dim");
        p.g.fillRect(place[0] - 2, place[1] - 2, 4, 4);
        if (study.state[i] === COMPLETE) list.push(i);
    }
    const both = x !== y && x.kind !== "dimension" && y.kind !== "dimension" && x.name !== "trial" && y.name !== "trial";
    document.getElementById("scatter-text").textContent = both ? "The line is the front: no trial is better in both." : "";
    if (both) {
        const best = front(x, y, list);
        p.g.strokeStyle = css("--ink");
        p.g.lineWidth = 1.5;
        p.g.beginPath();
        best.forEach((i, k) => k ? p.g.lineTo(px(x.values[i]), py(y.values[i])) : p.g.moveTo(px(x.values[i]), py(y.values[i])));
        p.g.stroke();
        p.g.fillStyle = css("--ink");
        for (const i of best) p.g.fillRect(px(x.values[i]) - 3, py(y.values[i]) - 3, 6, 6);
    }
    if (!scatterPlaces.length) say(p, "No trial that is kept has both values.");
    p.g.strokeStyle = css("--ink");
    p.g.lineWidth = 2;
    for (const [a, b, i] of scatterPlaces) if (chosen.has(i)) p.g.strokeRect(a - 4, b - 4, 8, 8);
    p.g.textAlign = "left";
    p.g.fillStyle = css("--ink");
    p.g.fillText(fit(p.g, y.name, p.w - 76), 66, 13);
}

// ---- learning curves ----
const HUES_OF_CHOSEN = ["#0077bb", "#ee7733", "#009988", "#cc3311", "#8855cc", "#bb8800", "#33aadd", "#aa3377", "#557755", "#777777"];
function drawCurves() {
    const p = pen("curves"), c = curves[document.getElementById("metric").value];
    const text = document.getElementById("curves-text");
    if (!c) { text.textContent = "The store has no values of epochs."; return; }
    const best = order.filter(i => kept[i]).slice(0, 10), list = chosen.size ? Array.from(chosen) : best;
    text.textContent = chosen.size ? chosen.size + " chosen in the table" : "the " + (best.length === 1 ? "" : best.length + " ") + "best of those that are kept; choose others in the table";
    let low = Infinity, high = -Infinity;
    for (const i of list) for (let k = 0; k < c.points; k++) {
        const v = c.values[i * c.points + k];
        if (v < low) low = v;
        if (v > high) high = v;
    }
    if (low > high) { say(p, list.length ? "None of these trials has a finite value." : "No trial is kept."); return; }
    const each = 62, inRow = Math.max(1, Math.floor((p.w - 76) / each)), named = list.length > 15 ? 0 : list.length;
    const x = { name: "epoch", low: 1, high: Math.max(2, c.epochs[c.points - 1]) }, y = { name: "", low, high };
    const { px, py, box } = frame(p, x, y, 62, 12 + 14 * Math.max(1, Math.ceil(named / inRow)));
    list.slice(0, 40).forEach((i, n) => {
        p.g.strokeStyle = HUES_OF_CHOSEN[n % HUES_OF_CHOSEN.length];
        p.g.lineWidth = 1.5;
        p.g.beginPath();
        let down = false, end = null;
        for (let k = 0; k < c.points; k++) {
            const v = c.values[i * c.points + k];
            if (Number.isNaN(v)) { down = false; continue; }
            const a = px(c.epochs[k]), b = py(v);
            if (down) p.g.lineTo(a, b); else p.g.moveTo(a, b);
            down = true;
            end = [a, b];
        }
        p.g.stroke();
        if (!end) return;
        p.g.fillStyle = p.g.strokeStyle;
        p.g.fillRect(end[0] - 2, end[1] - 2, 4, 4);
        if (!named) return;
        const at = box.x + n % inRow * each, base = 15 + 14 * Math.floor(n / inRow);
        p.g.textAlign = "left";
        p.g.fillText(String(study.number[i]), at + 12, base);
        p.g.fillRect(at, base - 8, 8, 8);
    });
}
