// What a figure's menu and a pointer on a line figure do: save as PNG or SVG, its data as CSV; zoom, move, reset.
'use strict';
(() => {
  const words = JSON.parse(document.body.dataset.words || '{}');
  const svgName = 'http://www.w3.org/2000/svg';
  const made = (name, attributes, parent, text) => {
    const node = document.createElementNS(svgName, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.append(node);
    return node;
  };

  // ---- files ---------------------------------------------------------------------------------------------------------

  const save = (blob, name) => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  // The drawing with the colours that it has now, as a file of its own.
  const standalone = (svg) => {
    const copy = svg.cloneNode(true), style = getComputedStyle(svg), rules = [];
    for (const sheet of document.styleSheets)
      for (const rule of sheet.cssRules) {
        if (!rule.selectorText || !/^\.[sf]-|cn-figure|\.off/.test(rule.selectorText)) continue;
        if (/[sf]-|off/.test(rule.selectorText)) rules.push(rule.cssText);
      }
    // not every program that reads SVG knows variables
    const resolved = (text) => text.replace(/var\((--cn-[a-z0-9-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
    copy.querySelectorAll('.guide, .selection').forEach((node) => node.remove());
    copy.prepend(made('rect', {width: '100%', height: '100%', fill: style.getPropertyValue('--cn-paper').trim()}));
    copy.prepend(made('style', {}, null, resolved(rules.join('\n'))));
    return new XMLSerializer().serializeToString(copy);
  };
  const savePng = (svg, name) => {
    const image = new Image(), box = svg.viewBox.baseVal, canvas = document.createElement('canvas');
    canvas.width = 2 * box.width;
    canvas.height = 2 * box.height;
    image.onload = () => {
      canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, `${name}.png`));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
  };
  const cell = (value) => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  // A line a value: panel, where, series, value.
  const rowsOf = (panel, names) => {
    const rows = [];
    for (const group of panel.groups || [])
      for (const [id, value] of group.values) rows.push([panel.title, group.label, names.get(id), value]);
    for (const [id, x, y] of panel.points || []) rows.push([panel.title, x, names.get(id), y]);
    (panel.values || []).forEach((line, r) => line.forEach((value, c) => rows.push(
      [panel.title, panel.rows ? panel.rows[r] : r, panel.columns ? panel.columns[c] : c, value])));
    for (const title of panel.titles || []) rows.push([panel.title, title, '', '']);
    return rows;
  };
  const csv = (data) => {
    const names = new Map(data.series.map((s) => [s.id, s.name]));
    const heads = [['panel', 'x', 'series', 'value']];
    return heads.concat(data.panels.flatMap((panel) => rowsOf(panel, names)))
      .map((row) => row.map(cell).join(',')).join('\n') + '\n';
  };

  // ---- zoom ----------------------------------------------------------------------------------------------------------

  const step = (span, most) => {
    const power = 10 ** Math.floor(Math.log10(span / most));
    return [1, 2, 5, 10].map((k) => k * power).find((s) => span / s <= most);
  };
  const line = (x0, v0, x1, v1) => (x) => v0 + (x - x0) * (v1 - v0) / (x1 - x0);

  // How a panel's positions and its numbers belong together; null where they cannot be told.
  function scalesOf(panel) {
    const groups = panel.groups, first = groups[0], last = groups[groups.length - 1];
    const all = groups.flatMap((g) => g.values).filter(([, v]) => v !== null);
    if (!all.length || first.at === last.at || isNaN(Number(first.label))) return null;
    const low = all.reduce((a, b) => b[2] > a[2] ? b : a), high = all.reduce((a, b) => b[2] < a[2] ? b : a);
    if (low[2] === high[2]) return null;
    return {value: line(low[2], low[1], high[2], high[1]), place: line(low[1], low[2], high[1], high[2]),
      x: line(first.at, Number(first.label), last.at, Number(last.label)),
      at: line(Number(first.label), first.at, Number(last.label), last.at)};
  }

  function zoomPanel(svg, panel, index, scales) {
    const group = svg.querySelector(`.panel[data-panel="${index}"]`);
    const series = [...group.querySelectorAll(':scope > .series')], axes = group.querySelectorAll(':scope > .axis');
    const notes = [...group.children].filter((node) => /[sf]-note/.test(node.getAttribute('class') || ''));
    const [px, py, pw, ph] = panel.plot, frame = {x: px - 9, y: py - 9, width: pw + 18, height: ph + 18};
    const inside = made('svg', {...frame, viewBox: Object.values(frame).join(' '), style: 'overflow:hidden'}, group);
    inside.append(...series); // what leaves the plot is not seen
    const ticks = made('g', {class: 'axis'});
    axes[0].before(ticks);
    const marks = series.flatMap((s) => [...s.children]).filter((node) => node.tagName !== 'path' || node.getBBox().width < 16);
    const middles = marks.map((node) => {
      const box = node.getBBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    });
    series.forEach((s) => s.querySelectorAll('path').forEach((p) => p.setAttribute('vector-effect', 'non-scaling-stroke')));

    const visible = (id_) => !series.find((s) => s.dataset.series === String(id_) && s.classList.contains('off'));
    const range = (x0, x1) => {
      const shown = panel.groups.filter((g) => g.at >= x0 - 1e-6 && g.at <= x1 + 1e-6)
        .flatMap((g) => g.values).filter(([s, v]) => v !== null && visible(s)).map(([, , at]) => at);
      const low = Math.max(...shown), high = Math.min(...shown), air = 0.07 * (low - high) || 4;
      return [high - air, low + air];
    };
    const drawTicks = (view) => {
      ticks.replaceChildren();
      const top = scales.value((py - view.ty) / view.sy), bottom = scales.value((py + ph - view.ty) / view.sy);
      const by = step(Math.abs(top - bottom), 6), digits = Math.max(0, -Math.floor(Math.log10(by) + 1e-9));
      for (let v = Math.ceil(Math.min(top, bottom) / by) * by; v <= Math.max(top, bottom) + 1e-12; v += by) {
        const y = scales.place(v) * view.sy + view.ty;
        made('path', {d: `M${px} ${y}L${px + pw} ${y}`, class: 's-grid', fill: 'none'}, ticks);
        made('text', {x: px - 6, y: y + 4, 'font-size': 11, 'text-anchor': 'end', class: 'f-muted'}, ticks, v.toFixed(digits));
      }
      const left = scales.x((px - view.tx) / view.sx), right = scales.x((px + pw - view.tx) / view.sx);
      const across = Math.max(1, step(Math.max(right - left, 1e-9), 8));
      for (let v = Math.ceil(left / across - 1e-9) * across; v <= right + 1e-9; v += across)
        made('text', {x: scales.at(v) * view.sx + view.tx, y: py + ph + 18, 'font-size': 11, 'text-anchor': 'middle', class: 'f-muted'},
          ticks, String(v));
    };
    return (from, to) => {
      const whole = from === null;
      const view = {sx: 1, tx: 0, sy: 1, ty: 0};
      if (!whole) {
        const x0 = scales.at(from), x1 = scales.at(to), [y0, y1] = range(x0, x1);
        view.sx = (pw - 24) / (x1 - x0);
        view.tx = px + 12 - x0 * view.sx;
        view.sy = ph / (y1 - y0);
        view.ty = py - y0 * view.sy;
      }
      svg.views[index] = whole ? undefined : view;
      for (const s of series) s.setAttribute('transform', `matrix(${view.sx} 0 0 ${view.sy} ${view.tx} ${view.ty})`);
      marks.forEach((node, i) => {
        const [x, y] = middles[i];
        node.setAttribute('transform', `translate(${x} ${y}) scale(${1 / view.sx} ${1 / view.sy}) translate(${-x} ${-y})`);
      });
      for (const note of notes) {
        const y = note.tagName === 'text' ? Number(note.getAttribute('y')) - 4 : Number(/[ ,]([\d.]+)/.exec(note.getAttribute('d'))[1]);
        const moved = y * view.sy + view.ty;
        note.setAttribute('transform', `translate(0 ${moved - y})`);
        note.style.display = moved < py - 1 || moved > py + ph + 1 ? 'none' : '';
      }
      for (const node of axes[0].children) node.style.display = whole ? '' : 'none';
      for (const node of axes[1].children) node.style.display = whole || node.getAttribute('font-size') === '12' ? '' : 'none';
      if (whole) ticks.replaceChildren();
      else drawTicks(view);
    };
  }

  function zoomable(box, figure) {
    const svg = box.querySelector('svg'), data = JSON.parse(box.querySelector('script').textContent);
    const panels = data.panels.map((panel, i) => ({panel, i}))
      .filter(({panel}) => panel.kind === 'lines' && panel.groups && panel.groups.length > 2)
      .map((p) => ({...p, scales: scalesOf(p.panel)})).filter(({scales}) => scales);
    if (!panels.length) return null;
    let zooms = null, shown = null, start = null, box_ = null;
    svg.views = [];
    svg.style.touchAction = 'pan-y';
    const labels = panels[0].panel.groups.map((g) => Number(g.label));
    const limits = [labels[0], labels[labels.length - 1]];
    const show = (from, to) => {
      if (!zooms) zooms = panels.map(({panel, i, scales}) => zoomPanel(svg, panel, i, scales));
      shown = from === null ? null : [from, to];
      zooms.forEach((zoom) => zoom(from, to));
      figure.classList.toggle('zoomed', shown !== null);
    };
    const within = (from, to) => {
      const span = Math.min(Math.max(to - from, 1), limits[1] - limits[0]);
      const first = Math.min(Math.max(from, limits[0]), limits[1] - span);
      if (span >= limits[1] - limits[0]) show(null);
      else show(first, first + span);
    };
    const spot = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const panelAt = ({x, y}) => panels.find(({panel: {plot: [px, py, pw, ph]}}) => x >= px && x <= px + pw && y >= py && y <= py + ph);
    const number_ = (p, x) => {
      const view = svg.views[p.i] || {sx: 1, tx: 0};
      return p.scales.x((x - view.tx) / view.sx);
    };
    svg.addEventListener('pointerdown', (event) => {
      const at = spot(event), p = panelAt(at);
      if (event.button !== 0 || event.pointerType === 'touch' || !p) return;
      start = {x: at.x, p, move: event.shiftKey && shown, from: shown && [...shown]};
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener('pointermove', (event) => {
      if (!start) return;
      const {x} = spot(event), {plot: [, py, , ph]} = start.p.panel;
      if (start.move) {
        const by = number_(start.p, start.x) - number_(start.p, x);
        within(start.from[0] + by, start.from[1] + by);
        return;
      }
      if (!box_) box_ = made('rect', {class: 'selection', y: py, height: ph}, svg);
      box_.setAttribute('x', Math.min(x, start.x));
      box_.setAttribute('width', Math.abs(x - start.x));
    });
    const end = (event) => {
      if (!start) return;
      const {x} = spot(event), done = start;
      start = null;
      if (box_) box_.remove();
      box_ = null;
      if (done.move || Math.abs(x - done.x) < 8) return;
      const ends = [number_(done.p, x), number_(done.p, done.x)].sort((a, b) => a - b);
      within(Math.round(ends[0]), Math.max(Math.round(ends[1]), Math.round(ends[0]) + 1));
    };
    svg.addEventListener('pointerup', end);
    svg.addEventListener('pointercancel', end);
    svg.addEventListener('dblclick', () => { if (zooms) show(null); });
    svg.addEventListener('wheel', (event) => {
      const at = spot(event), p = panelAt(at);
      if (!p || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      const [from, to] = shown || limits, middle = number_(p, at.x), factor = event.deltaY > 0 ? 1.25 : 0.8;
      within(middle - (middle - from) * factor, middle + (to - middle) * factor);
    }, {passive: false});
    return {reset: () => show(null), again: () => { if (shown) show(...shown); }};
  }

  // ---- menus ---------------------------------------------------------------------------------------------------------

  for (const figure of document.querySelectorAll('figure.drawn')) {
    const boxes = [...figure.querySelectorAll('.wide, .narrow')], name = figure.dataset.name || figure.id.replace(':', '-');
    const zooms = boxes.map((box) => zoomable(box, figure)).filter((zoom) => zoom);
    const seen = () => boxes.find((box) => box.offsetParent !== null) || boxes[0];
    const menu = document.createElement('details'), list = document.createElement('div');
    menu.className = 'menu';
    const button = document.createElement('summary');
    button.setAttribute('aria-label', words.menu);
    button.title = words.menu;
    button.textContent = '⋯';
    const entry = (text, act, kind) => {
      const made_ = document.createElement('button');
      made_.type = 'button';
      made_.textContent = text;
      if (kind) made_.className = kind;
      made_.addEventListener('click', () => {
        menu.open = false;
        act();
      });
      list.append(made_);
    };
    const dataOf = () => JSON.parse(boxes[0].querySelector('script').textContent);
    entry('PNG', () => savePng(seen().querySelector('svg'), name));
    entry('SVG', () => save(new Blob([standalone(seen().querySelector('svg'))], {type: 'image/svg+xml'}), `${name}.svg`));
    entry('CSV', () => save(new Blob([csv(dataOf())], {type: 'text/csv'}), `${name}.csv`));
    if (zooms.length) entry(words.reset, () => zooms.forEach((zoom) => zoom.reset()), 'reset');
    menu.append(button, list);
    figure.prepend(menu);
    figure.addEventListener('click', (event) => {
      if (event.target.closest && event.target.closest('.legend')) zooms.forEach((zoom) => zoom.again());
    });
  }
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });
})();
