// In a page that cornu runs serve gives: asks once a second whether trials have ended, and loads the page anew when they have,
// but never while a brush is being drawn. What was brushed, chosen, filtered and sorted stays.
function saveView() {
    const list = document.getElementById("table");
    sessionStorage.setItem("view", JSON.stringify({
        brushes: Array.from(brushes, ([axis, range]) => [axes[axis].name, at(axes[axis], range[0]), at(axes[axis], range[1]), range]),
        chosen: Array.from(chosen, i => study.number[i]),
        selects: ["scatter-x", "scatter-y", "metric", "filter"].map(id => [id, document.getElementById(id).value]),
        sort: sortBy && [sortBy.name, sortDown],
        scroll: [scrollX, scrollY, list.scrollLeft, list.scrollTop],
    }));
}

// Ends of a brush that lie at an axis's end stay there; others keep their values though the axis may be longer now.
function restoreBrush([name, low, high, range]) {
    const axis = axes.findIndex(c => c.name === name), c = axes[axis];
    if (axis < 0) return;
    const end = (v, u) => u <= 0 || u >= 1 ? u : Math.min(1, Math.max(0, along(c, v)));
    brushes.set(axis, [end(low, range[0]), end(high, range[1])]);
}

function restoreView() {
    const view = JSON.parse(sessionStorage.getItem("view") || "null");
    if (!view) return;
    const numbers = new Map(study.number.map((n, i) => [n, i]));
    view.brushes.forEach(restoreBrush);
    for (const n of view.chosen) if (numbers.has(n)) chosen.add(numbers.get(n));
    for (const [id, value] of view.selects) {
        const field = document.getElementById(id);
        if (id === "filter" || Array.from(field.options).some(o => o.value === value)) field.value = value;
    }
    byFilter = readFilter(document.getElementById("filter").value);
    const by = view.sort && columns.find(c => c.name === view.sort[0]);
    if (by) {
        sortBy = by;
        sortDown = !view.sort[1];
        sort(by);
    }
    drawAll();
    const list = document.getElementById("table");
    scrollTo(view.scroll[0], view.scroll[1]);
    list.scrollTo(view.scroll[2], view.scroll[3]);
}

let ended = live.ended, running = live.running;
async function ask() {
    try {
        const state = await (await fetch("state")).json();
        const typing = document.activeElement && document.activeElement.id === "filter";
        if ((state.ended !== ended || state.running !== running) && !drag && !typing) {
            saveView();
            location.reload();
            return;
        }
    } catch (e) {
        document.getElementById("about").textContent += " The program that serves this page has ended.";
        return;
    }
    setTimeout(ask, Math.max(1000, 10 * live.milliseconds));
}
restoreView();
setTimeout(ask, Math.max(1000, 10 * live.milliseconds));
