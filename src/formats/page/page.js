// The page: pad, sliders, files and samples give the network a sample; bars show what comes out.
const at = id => document.getElementById(id);
const model = JSON.parse(at('model').textContent);
const weights = floatsOf(at('weights').textContent);
const image = model.image, isDrawing = image && image.channels === 1;
const state = {strokes: [], pen: null, sample: null, output: null, cursor: [0.5, 0.5]};

const element = (tag, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
};

// ---- what comes out -------------------------------------------------------------------------------------------------

const SHOWN = 100; // outputs at most
const bars = [];

function makeBars() {
  for (let i = 0; i < Math.min(model.outputs, SHOWN); i++) {
    const name = element('b', {textContent: model.labels[i] ?? (model.outputs > 1 ? String(i) : say('output', 1))});
    const fill = element('div', {className: 'fill'}), value = element('span', {className: 'value'});
    bars.push({name, fill, value});
    at('bars').append(name, element('div', {className: 'track', ariaHidden: true}, fill), value);
  }
}

// A share of the track from 0 for probabilities; for other numbers from the middle, as far as the greatest seen so far.
let reach = 1e-6;
function place(fill, v) {
  if (model.kind !== 'values') {
    fill.style.cssText = `left:0;width:${100 * clamp(v, 0, 1)}%`;
    return;
  }
  const share = 50 * clamp(Math.abs(v) / reach, 0, 1);
  fill.style.cssText = `width:${share}%;left:${v < 0 ? 50 - share : 50}%`;
}

const shown = v => model.kind === 'values' ? plain.format(v) : percent.format(v);

function showOutput() {
  const out = state.output;
  const best = out && model.kind === 'softmax' ? out.reduce((b, v, i) => v > out[b] ? i : b, 0) : -1;
  if (out) reach = out.slice(0, SHOWN).reduce((m, v) => Math.max(m, Math.abs(v)), reach);
  bars.forEach(({name, fill, value}, i) => {
    place(fill, out ? out[i] : 0);
    value.textContent = out ? shown(out[i]) : '–';
    for (const part of [name, fill, value]) part.classList.toggle('best', i === best || (out && model.kind !== 'softmax'));
  });
  if (!out) {
    at('answer').textContent = say(isDrawing ? 'waiting' : 'waitingFile');
    at('answerNote').textContent = model.kind === 'values' ? '' : say('zero');
  } else if (best >= 0) {
    at('answer').textContent = model.labels[best] ?? String(best);
    at('answerNote').textContent = say('chance', shown(out[best]));
  } else {
    at('answer').textContent = model.outputs === 1 ? shown(out[0]) : '';
    at('answerNote').textContent = model.outputs === 1 ? model.labels[0] ?? '' : '';
  }
  at('answer').classList.toggle('short', at('answer').textContent.length < 3);
}

function paint(canvas, sample) {
  const {height, width, channels} = image, pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++)
      pixels.data[4 * i + c] = c === 3 ? 255 : sample ? 255 * sample[i * channels + (channels >= 3 ? c : 0)] : 0;
  Object.assign(canvas, {width, height}).getContext('2d').putImageData(pixels, 0, 0);
}

function give(sample) {
  state.sample = sample;
  state.output = sample && predict(model, weights, sample);
  if (image) paint(at('eye'), sample);
  if (isDrawing) drawStrokes();
  showOutput();
}

// ---- drawing ----------------------------------------------------------------------------------------------------------

const pad = at('pad'), ink = pad.getContext('2d');
const padWidth = image ? image.width / Math.max(image.width, image.height) : 1; // of the longer side
const padHeight = image ? image.height / Math.max(image.width, image.height) : 1;
const PAD_PIXELS = 800;

function drawStrokes() {
  ink.fillStyle = '#000';
  ink.fillRect(0, 0, pad.width, pad.height);
  if (!state.strokes.length && !state.sample) {
    ink.fillStyle = '#8a94a3';
    ink.font = `${PAD_PIXELS / 16}px ${getComputedStyle(document.body).fontFamily}`;
    ink.textAlign = 'center';
    ink.fillText(say('here'), pad.width / 2, pad.height / 2);
  }
  if (!state.strokes.length && state.sample) { // a sample or a file: grey, as it is not drawn with this pen
    ink.globalAlpha = 0.45;
    ink.imageSmoothingEnabled = false;
    ink.drawImage(at('eye'), 0, 0, pad.width, pad.height);
    ink.globalAlpha = 1;
  }
  ink.lineCap = ink.lineJoin = 'round';
  ink.lineWidth = PEN.pad * PAD_PIXELS;
  ink.strokeStyle = '#fff';
  for (const stroke of state.strokes) {
    ink.beginPath();
    stroke.forEach(([x, y], i) => ink[i ? 'lineTo' : 'moveTo'](x * PAD_PIXELS, y * PAD_PIXELS));
    if (stroke.length === 1) ink.lineTo(stroke[0][0] * PAD_PIXELS, stroke[0][1] * PAD_PIXELS);
    ink.stroke();
  }
  if (document.activeElement === pad && state.keyboard) {
    ink.strokeStyle = state.pen === 'keys' ? '#E69F00' : '#56B4E9';
    ink.lineWidth = 6;
    ink.beginPath();
    ink.arc(state.cursor[0] * PAD_PIXELS, state.cursor[1] * PAD_PIXELS, PEN.pad * PAD_PIXELS / 2 + 6, 0, 2 * Math.PI);
    ink.stroke();
  }
}

function strokesChanged() {
  const empty = !state.strokes.length;
  at('undo').disabled = at('clear').disabled = empty;
  press(null);
  give(empty ? null : imageOfStrokes(state.strokes, model.frame));
}

// Many moves of the pen come between two frames of the screen; the network runs once for each frame.
let pending = 0;
function soon() {
  pending ||= requestAnimationFrame(() => {
    pending = 0;
    strokesChanged();
  });
}

const pointOf = event => {
  const box = pad.getBoundingClientRect();
  return [clamp((event.clientX - box.left) / box.width, 0, 1) * padWidth,
          clamp((event.clientY - box.top) / box.height, 0, 1) * padHeight];
};

function penDown(event) {
  if (state.pen !== null || (event.pointerType === 'mouse' && event.button !== 0)) return;
  event.preventDefault();
  pad.focus({preventScroll: true});
  try { pad.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
  state.keyboard = false;
  state.pen = event.pointerId;
  state.strokes.push([pointOf(event)]);
  soon();
}

function penMove(event) {
  if (event.pointerId !== state.pen) return;
  const between = event.getCoalescedEvents?.() ?? [];
  for (const e of between.length ? between : [event]) state.strokes.at(-1).push(pointOf(e));
  soon();
}

function penUp(event) {
  if (event.pointerId !== state.pen) return;
  state.pen = null;
  soon();
}

function undo() {
  state.pen = null;
  state.strokes.pop();
  strokesChanged();
}

function clear() {
  state.pen = null;
  state.strokes = [];
  strokesChanged();
}

const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function penByKeys(event) {
  const step = STEPS[event.key], length = event.shiftKey ? 0.01 : 0.03;
  if (event.key === 'Escape') clear();
  else if (event.key === 'Backspace' || event.key === 'Delete') undo();
  else if (event.key === ' ') {
    state.pen = state.pen === 'keys' ? null : 'keys';
    if (state.pen) state.strokes.push([[...state.cursor]]);
  } else if (step) {
    state.cursor = [clamp(state.cursor[0] + step[0] * length, 0, padWidth),
                    clamp(state.cursor[1] + step[1] * length, 0, padHeight)];
    if (state.pen === 'keys') state.strokes.at(-1).push([...state.cursor]);
  } else return;
  event.preventDefault();
  state.keyboard = true;
  if (step && state.pen !== 'keys') drawStrokes();
  else strokesChanged();
}

function liftKeys() {
  if (state.pen === 'keys') state.pen = null;
  drawStrokes();
}

function makePad() {
  at('draw').hidden = false;
  pad.width = PAD_PIXELS * padWidth;
  pad.height = PAD_PIXELS * padHeight;
  pad.ariaLabel = say('pad');
  at('undo').textContent = say('undo');
  at('clear').textContent = say('clear');
  at('aboutKeys').textContent = say('keys');
  pad.addEventListener('pointerdown', penDown);
  pad.addEventListener('pointermove', penMove);
  for (const type of ['pointerup', 'pointercancel']) pad.addEventListener(type, penUp);
  pad.addEventListener('touchstart', event => event.preventDefault(), {passive: false}); // Safari scrolls else
  pad.addEventListener('contextmenu', event => event.preventDefault());
  pad.addEventListener('keydown', penByKeys);
  pad.addEventListener('focus', drawStrokes);
  pad.addEventListener('blur', liftKeys);
  at('undo').addEventListener('click', undo);
  at('clear').addEventListener('click', clear);
  addEventListener('keydown', event => {
    if ((event.ctrlKey || event.metaKey) && event.key === 'z' && state.strokes.length) undo();
  });
}

// ---- sliders --------------------------------------------------------------------------------------------------------

const sliders = [];

function slidersChanged() {
  press(null);
  give(Float32Array.from(sliders, s => Number(s.number.value)));
}

function setSliders(sample) {
  sliders.forEach((s, i) => { s.range.value = s.number.value = Number(sample[i].toPrecision(6)); });
}

function makeSliders() {
  at('sliders').hidden = false;
  for (const {name, low, high, start} of model.features) {
    const range = element('input', {type: 'range', min: low, max: high, step: 'any', value: start, ariaLabel: name});
    const number = element('input', {type: 'number', step: 'any', value: Number(start.toPrecision(6)), ariaLabel: name});
    range.addEventListener('input', () => { number.value = Number(Number(range.value).toPrecision(4)); slidersChanged(); });
    number.addEventListener('input', () => { range.value = number.value; slidersChanged(); });
    sliders.push({range, number});
    at('sliders').append(element('label', {}, element('span', {textContent: name}), number, range));
  }
  slidersChanged();
}

// ---- samples and files ----------------------------------------------------------------------------------------------

function press(button) {
  for (const other of at('trayItems').children) other.ariaPressed = String(other === button);
}

function chooseSample(sample, button) {
  state.strokes = [];
  state.pen = null;
  at('undo').disabled = true;
  at('clear').disabled = false;
  if (sliders.length) setSliders(sample);
  press(button);
  give(sample);
}

// The value that a sample should give, as values are written here.
const called = name => name && model.kind === 'values' && Number.isFinite(Number(name)) ? plain.format(name) : name;

function fillTray(title, samples, names) {
  at('tray').hidden = !samples.length;
  at('trayTitle').textContent = title;
  at('trayItems').className = image ? '' : 'words';
  at('trayItems').replaceChildren(...samples.map((sample, i) => {
    const button = element('button', {type: 'button', ariaPressed: 'false', ariaLabel: `${say('sampleName', i + 1)} ${names[i] ?? ''}`});
    if (image) {
      const canvas = element('canvas');
      paint(canvas, sample);
      button.append(canvas);
    }
    if (names[i] || !image) button.append(element('small', {textContent: called(names[i]) || i + 1}));
    button.addEventListener('click', () => chooseSample(sample, button));
    return button;
  }));
}

async function take(file) {
  if (!file) return;
  at('problem').hidden = true;
  try {
    const samples = await readSamples(file, model);
    if (samples.length > 1) fillTray(say('given'), samples, []);
    chooseSample(samples[0], samples.length > 1 ? at('trayItems').firstChild : null);
  } catch (error) {
    at('problem').textContent = `${file.name}: ${error instanceof DOMException ? say('badPicture') : error.message}`;
    at('problem').hidden = false;
  }
}

function makeDrop() {
  const drop = at('drop'), over = on => event => {
    event.preventDefault();
    drop.classList.toggle('over', on);
  };
  if (!isDrawing && !sliders.length) at('give').append(at('files'));
  at('dropText').textContent = say(isDrawing || sliders.length ? 'drop' : 'dropOnly', say(image ? 'dropImage' : 'dropNumbers'));
  at('file').addEventListener('change', event => take(event.target.files[0]));
  document.addEventListener('dragover', over(true));
  document.addEventListener('dragleave', over(false));
  document.addEventListener('drop', event => {
    over(false)(event);
    take(event.dataTransfer.files[0]);
  });
}

// ---- about the network ----------------------------------------------------------------------------------------------

// Where a name is too long for its column it may break: batch_|normalization, Batch|Normalization.
const parts = text => text.split(/(?<=_)|(?<=[a-z])(?=[A-Z])/).flatMap((part, i) => i ? [element('wbr'), part] : [part]);

const row = (cell, ...texts) => element('tr', {}, ...texts.map((text, i) =>
  element(cell, {className: i === 3 ? 'number' : ''}, ...parts(text))));

function inputNote() {
  if (!image) return say('tableNote');
  const {height, width} = image, {margin, byMass} = model.frame;
  if (!isDrawing) return say('imageNote', height, width);
  return byMass ? say('massNote', Math.min(height, width) - 2 * margin, Math.min(height, width)) : say('boxNote', height, width);
}

function makeAbout() {
  at('aboutTitle').textContent = say('about');
  at('aboutText').textContent = say('aboutText', model.name, grouped.format(model.parameters));
  at('aboutInput').textContent = inputNote();
  at('layers').append(
    element('thead', {}, row('th', say('layer'), say('kind'), say('shape'), say('parameters'))),
    element('tbody', {}, ...model.layers.map(l => row('td', l.name, l.kind, l.shape.join(' × '), grouped.format(l.parameters)))),
    element('tfoot', {}, row('td', say('total'), '', '', grouped.format(model.parameters))));
}

function start() {
  const lead = isDrawing ? 'leadDraw' : image ? 'leadImage' : model.features ? 'leadTable' : 'leadFile';
  at('lead').textContent = say(lead);
  at('seen').hidden = !image;
  if (image) {
    at('seenText').textContent = say('seen', `${image.height}\u00a0×\u00a0${image.width}`);
    at('eye').ariaLabel = at('seenText').textContent;
  }
  makeBars();
  if (isDrawing) makePad();
  const samples = model.samples ? cut(floatsOf(model.samples.values), model.size) : [];
  fillTray(say('samples'), samples, samples.map((_, i) => model.samples.names[i] ?? ''));
  makeAbout();
  give(null);
  if (model.features) makeSliders();
  makeDrop();
}
start();

// For the browser's console: cornu.predict([…]) gives what the library gives.
window.cornu = {model, weights, state, predict: sample => predict(model, weights, sample), give, take,
  imageOfStrokes: strokes => imageOfStrokes(strokes, model.frame)};
