// Light and dark, values under the pointer, legends that hide series. The page is whole without it.
'use strict';
(() => {
  const root = document.documentElement, button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const remembered = (value) => {
    try {
      if (value) localStorage.setItem('cornu-theme', value);
      return localStorage.getItem('cornu-theme');
    } catch (e) { return null; }
  };
  const theme = remembered();
  if (theme === 'dark' || theme === 'light') root.dataset.theme = theme;
  button.hidden = false;
  button.addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : system.matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    remembered(root.dataset.theme);
  });

  const element = (name, parent, text) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const written = (value, decimals) => {
    if (value === null) return '';
    if (Number.isInteger(value)) return String(value);
    return value !== 0 && Math.abs(value) < 0.5 * 10 ** -decimals ? value.toExponential(2) : value.toFixed(decimals);
  };

  // One drawing: its data, and where the pointer is in its own coordinates.
  function hover(box) {
    const svg = box.querySelector('svg'), data = JSON.parse(box.querySelector('script').textContent);
    const decimals = (panel) => Math.max(0, panel.decimals);
    const names = new Map(data.series.map((s) => [s.id, s]));
    const hidden = (id) => {
      const group = svg.querySelector(`.series[data-series="${id}"]`);
      return group !== null && group.classList.contains('off');
    };
    const tip = element('div', box.parentElement);
    tip.className = 'tip cn-figure';
    tip.hidden = true;
    let guides = [];

    const hide = () => {
      tip.hidden = true;
      for (const guide of guides) guide.remove();
      guides = [];
    };
    const line = (x1, y1, x2, y2) => {
      const guide = document.createElementNS('http://www.w3.org/2000/svg', 'line');
      const at = {x1, y1, x2, y2, class: 'guide'};
      for (const key in at) guide.setAttribute(key, at[key]);
      svg.prepend(guide);
      guides.push(guide);
    };
    // Where figures.js has zoomed a panel, positions are others.
    const viewOf = (panel) => (svg.views && svg.views[data.panels.indexOf(panel)]) || {sx: 1, tx: 0, sy: 1, ty: 0};
    const row = (id, text) => {
      const series = names.get(id), span = element('span', tip);
      if (series && series.colour) element('i', span).style.background = `var(--cn-${series.colour})`;
      if (series && series.name) element('span', span, series.name);
      element('em', span, text);
    };
    const nearest = (list, distance) => list.reduce((best, item) => {
      const d = distance(item);
      return d < best.d ? {d, item} : best;
    }, {d: Infinity, item: null});

    // The same place in the other panels: an epoch, a model.
    const beside = (panel, item) => data.panels.filter((p) => p.groups && p.kind === panel.kind && p.x_title === panel.x_title)
      .map((p) => ({panel: p, item: p === panel ? item : p.groups.find((g) => String(g.label) === String(item.label))}))
      .filter(({item: it}) => it);
    const groups = (panel, x, y) => {
      const view = viewOf(panel), along = panel.across ? y : (x - view.tx) / view.sx;
      const {item} = nearest(panel.groups, (g) => Math.abs(g.at - along));
      if (!item || !item.values.some(([id]) => !hidden(id))) return false;
      const label = panel.kind === 'lines' && panel.x_title ? `${panel.x_title} ${item.label}` : String(item.label);
      element('b', tip, label);
      const all = beside(panel, item);
      for (const {panel: p, item: it} of all) {
        const [px, py, pw, ph] = p.plot, v = viewOf(p), at = it.at * v.sx + v.tx;
        const shown = it.values.filter(([id]) => !hidden(id));
        if (all.length > 1 && p.title && shown.length) element('span', tip, p.title).className = 'panel-name';
        for (const [id, value] of shown) row(id, written(value, decimals(p)));
        if (p.across) line(px, it.at, px + pw, it.at);
        else if (at >= px - 1 && at <= px + pw + 1) line(at, py, at, py + ph);
      }
      return true;
    };
    const point = (panel, x, y) => {
      const {d, item} = nearest(panel.points.filter(([id]) => !hidden(id)),
                                ([, , , a, b]) => (a - x) ** 2 + (b - y) ** 2);
      if (!item || d > 400) return false;
      row(item[0], `${written(item[1], decimals(panel))}, ${written(item[2], decimals(panel))}`);
      return true;
    };
    const between = (edges, at) =>
      edges.findIndex((edge, i) => i + 1 < edges.length && edge <= at && at < edges[i + 1]);
    const cell = (panel, x, y) => {
      const column = between(panel.x, x), line_ = between(panel.y, y);
      if (column < 0 || line_ < 0) return false;
      const value = panel.values[line_][column];
      if (value === null || value === undefined) return false;
      const name = (list, i) => list && list[i] !== null ? list[i] : i;
      element('b', tip, written(value, decimals(panel)));
      element('span', tip, `${panel.y_title || ''} ${name(panel.rows, line_)}`.trim());
      element('span', tip, `${panel.x_title || ''} ${name(panel.columns, column)}`.trim());
      return true;
    };
    const picture = (panel, x, y) => {
      const i = panel.cells.findIndex(([a, b, w, h]) => a <= x && x <= a + w && b <= y && y <= b + h);
      if (i < 0 || !panel.titles || !panel.titles[i]) return false;
      element('b', tip, panel.titles[i]);
      return true;
    };
    const inside = ({plot: [px, py, pw, ph]}, x, y) =>
      x >= px - 8 && x <= px + pw + 8 && y >= py - 8 && y <= py + ph + 8;

    const show = (event) => {
      hide();
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      const panel = data.panels.find((p) => inside(p, at.x, at.y));
      if (!panel) return;
      tip.replaceChildren();
      const found = panel.groups ? groups(panel, at.x, at.y) : panel.points ? point(panel, at.x, at.y)
        : panel.values ? cell(panel, at.x, at.y) : panel.cells ? picture(panel, at.x, at.y) : false;
      if (!found) return;
      tip.hidden = false;
      const frame = box.parentElement.getBoundingClientRect();
      const x = event.clientX - frame.left, y = event.clientY - frame.top, width = tip.offsetWidth;
      const left = x + 16 + width > frame.width ? x - width - 16 : x + 16;
      tip.style.left = `${Math.max(0, left)}px`;
      tip.style.top = `${Math.max(0, y - tip.offsetHeight / 2)}px`;
    };
    svg.addEventListener('pointermove', show);
    svg.addEventListener('pointerdown', show);
    svg.addEventListener('pointerleave', hide);
  }

  // A series goes from both drawings of a figure, the wide and the narrow.
  function legends(figure) {
    const entries = figure.querySelectorAll('.legend[data-series]');
    for (const entry of entries) {
      const id = entry.dataset.series;
      if (!figure.querySelector(`.series[data-series="${id}"]`)) continue;
      const toggle = () => {
        const off = !entry.classList.contains('off');
        for (const part of figure.querySelectorAll(`[data-series="${id}"]`)) part.classList.toggle('off', off);
        for (const other of entries) if (other.dataset.series === id) other.setAttribute('aria-pressed', String(!off));
      };
      entry.setAttribute('role', 'button');
      entry.setAttribute('tabindex', '0');
      entry.setAttribute('aria-pressed', 'true');
      entry.addEventListener('click', toggle);
      entry.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        toggle();
      });
    }
  }

  for (const figure of document.querySelectorAll('figure.drawn')) {
    figure.classList.add('live');
    figure.querySelectorAll('.wide, .narrow').forEach(hover);
    legends(figure);
  }
})();
