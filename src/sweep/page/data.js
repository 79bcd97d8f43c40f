"use strict";
// The study: columns of numbers, one entry a trial. What a choice was is its index; a dimension that was not active is NaN.
const study = JSON.parse(document.getElementById("data").textContent);
const count = study.number.length;
const COMPLETE = "c";

function column(name, data, extra) {
    const values = Float64Array.from(data, v => v === null ? NaN : v);
    return Object.assign({ name, values }, extra);
}

const dimensions = study.dimensions.map(d => column(d.name, d.data, { kind: "dimension", words: d.words, log: d.log }));
const goals = study.goals.map(g => column(g.name, g.data, { kind: "goal", max: g.max }));
const others = [column("epochs", study.epochs, { kind: "other" })];
if (study.parameters.some(v => v !== null)) others.push(column("parameters", study.parameters, { kind: "other", log: true }));
const axes = dimensions.concat(goals);
const columns = [column("trial", study.number, { kind: "other" })].concat(goals, dimensions, others);
for (const c of columns) {
    let low = Infinity, high = -Infinity;
    for (const v of c.values) if (Number.isFinite(v)) { if (v < low) low = v; if (v > high) high = v; }
    if (c.words) { low = 0; high = c.words.length - 1; }
    c.none = low > high;
    if (c.none) { low = 0; high = 1; }
    c.low = low;
    c.high = high;
    c.log = Boolean(c.log) && low > 0 && high > low;
}

// From 0 to 1 along the column; a constant one is in the middle.
function along(c, v) {
    if (c.high === c.low) return 0.5;
    return c.log ? Math.log(v / c.low) / Math.log(c.high / c.low) : (v - c.low) / (c.high - c.low);
}
function at(c, u) {
    return c.log ? c.low * Math.pow(c.high / c.low, u) : c.low + u * (c.high - c.low);
}
function shown(c, v) {
    if (Number.isNaN(v)) return "";
    if (c.words) return c.words[v];
    if (Number.isInteger(v) && Math.abs(v) < 1e7) return String(v);
    const text = v.toPrecision(5);
    return /e/.test(text) ? text.replace(/\.?0+e/, "e").replace("e+", "e") : text.replace(/\.?0+$/, "");
}

// 1 is the best value of the first goal, 0 the worst of those that ran to their end, and all that did not: ranks, so that one far
// value does not take all the colours. Pruned trials come behind in the order, by how far they came.
const rank = new Float32Array(count);
const main = goals[0];
const order = Array.from({ length: count }, (_, i) => i);
if (main) {
    const sign = main.max ? 1 : -1;
    const ended = i => study.state[i] === COMPLETE && Number.isFinite(main.values[i]);
    const value = i => Number.isFinite(main.values[i]) ? sign * main.values[i] : -Number.MAX_VALUE;
    order.sort((a, b) => ended(b) - ended(a) || (ended(a) ? 0 : others[0].values[b] - others[0].values[a]) || value(b) - value(a) || a - b);
    const complete = order.filter(ended).length;
    order.forEach((trial, k) => { rank[trial] = k >= complete ? 0 : complete > 1 ? 1 - k / (complete - 1) : 1; });
}
const HUES = 24;
function colour(r, alpha) {
    // from blue over green to yellow, as light as each other on both papers
    const stops = [[68, 70, 140], [42, 130, 145], [75, 170, 95], [225, 175, 40]];
    const x = r * (stops.length - 1), i = Math.min(Math.floor(x), stops.length - 2), f = x - i;
    const rgb = stops[i].map((v, k) => Math.round(v + f * (stops[i + 1][k] - v)));
    return "rgba(" + rgb.join(",") + "," + alpha + ")";
}

// Curves are 16-bit numbers between the least and the greatest value, 65535 for none.
const curves = {};
for (const c of study.curves) {
    const bytes = atob(c.data), values = new Float32Array(count * c.points);
    for (let i = 0; i < values.length; i++) {
        const q = bytes.charCodeAt(2 * i) | bytes.charCodeAt(2 * i + 1) << 8;
        values[i] = q === 65535 ? NaN : c.low + q / 65534 * (c.high - c.low);
    }
    curves[c.name] = { values, points: c.points, epochs: c.epochs, low: c.low, high: c.high };
}
