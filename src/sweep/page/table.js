// The table: only the rows in sight exist. Sorting by a click on the head, again for the other way.
const ROW = 26;
let sorted = Array.from(order), sortBy = null, sortDown = false;
const chosen = new Set();
const STATES = { c: "complete", p: "pruned", f: "failed", r: "running" };
const widths = columns.map(c => Math.min(260, Math.max(90, 9.5 * c.name.length + 40)));
const WIDTH_OF_STATE = 110;

function visibleRows() { return sorted.filter(i => kept[i]); }
let visible = [];

function drawHead() {
    const row = document.createElement("tr");
    columns.forEach((c, k) => {
        const th = document.createElement("th");
        th.style.width = th.style.minWidth = th.style.maxWidth = widths[k] + "px";
        th.textContent = c.name + (sortBy === c ? sortDown ? " ↓" : " ↑" : "");
        th.title = "sort by " + c.name;
        th.addEventListener("click", () => sort(c));
        row.append(th);
        if (k) return;
        const state = document.createElement("th");
        state.style.width = state.style.minWidth = WIDTH_OF_STATE + "px";
        state.textContent = "state";
        row.append(state);
    });
    document.querySelector("#table thead").replaceChildren(row);
}

function sort(c) {
    sortDown = sortBy === c ? !sortDown : Boolean(c.max);
    sortBy = c;
    const sign = sortDown ? -1 : 1, v = c.values;
    sorted = Array.from({ length: count }, (_, i) => i).sort((a, b) => {
        const missing = Number.isNaN(v[a]) - Number.isNaN(v[b]);
        return missing || sign * (v[a] - v[b]) || a - b;
    });
    drawHead();
    drawTable();
}

function cell(text, width) {
    const span = document.createElement("span");
    span.style.width = width + "px";
    span.textContent = text;
    return span;
}

function drawRows() {
    const box = document.getElementById("table"), first = Math.max(0, Math.floor(box.scrollTop / ROW) - 3);
    const end = Math.min(visible.length, first + Math.ceil(box.clientHeight / ROW) + 8);
    const rows = document.getElementById("rows"), list = [];
    for (let k = first; k < end; k++) {
        const i = visible[k], row = document.createElement("div");
        row.className = "row" + (chosen.has(i) ? " chosen" : "");
        columns.forEach((c, n) => {
            row.append(cell(shown(c, c.values[i]), widths[n]));
            if (!n) row.append(cell(STATES[study.state[i]], WIDTH_OF_STATE));
        });
        row.addEventListener("click", () => choose(i));
        list.push(row);
    }
    rows.style.top = first * ROW + "px";
    rows.replaceChildren(...list);
}

function choose(i) {
    if (!chosen.delete(i)) chosen.add(i);
    drawRows();
    drawChosen();
    later("scatter", drawScatter);
    later("curves", drawCurves);
}

function drawTable() {
    visible = visibleRows();
    document.getElementById("body").style.height = visible.length * ROW + "px";
    document.getElementById("rows-text").textContent = visible.length + (visible.length === 1 ? " row" : " rows");
    drawRows();
}

// "units>100 val_loss<0.2 activation=relu": all must hold. A word alone is looked for in names of choices and states.
function readFilter(text) {
    const tests = text.split(/\s+/).filter(Boolean).map(part => {
        const m = part.match(/^(.+?)(<=|>=|!=|=|<|>)(.*)$/);
        if (!m) return i => STATES[study.state[i]].includes(part) || dimensions.some(c => c.words && shown(c, c.values[i]).includes(part));
        const c = columns.find(one => one.name === m[1]), number = Number(m[3]);
        if (m[1] === "state") return i => (STATES[study.state[i]] === m[3]) === (m[2] === "=");
        if (!c || m[3] === "") return () => true;
        if (m[2] === "=") return c.words ? i => shown(c, c.values[i]) === m[3] : i => c.values[i] === number;
        if (m[2] === "!=") return c.words ? i => shown(c, c.values[i]) !== m[3] : i => c.values[i] !== number;
        const less = m[2][0] === "<", equal = m[2].length > 1;
        return i => {
            const v = c.words ? Number(shown(c, c.values[i])) : c.values[i];
            return less ? v < number || (equal && v === number) : v > number || (equal && v === number);
        };
    });
    if (!tests.length) return null;
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i++) out[i] = tests.every(t => t(i)) ? 1 : 0;
    return out;
}

function startTable() {
    document.getElementById("table").addEventListener("scroll", () => later("rows", drawRows));
    document.getElementById("filter").addEventListener("input", e => {
        byFilter = readFilter(e.target.value);
        changed();
    });
    drawHead();
}
