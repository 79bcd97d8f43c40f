// What a person fills an input of the network by: a pad to draw on, sliders, a file. Each input has its sample, an array of numbers
// or null, and says so by `changed` when a hand has changed it; set(sample) puts one from elsewhere there.

const element = (tag, attributes = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), attributes);
  made.append(...children);
  return made;
};

function paint(canvas, {height, width, channels}, sample) {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++)
      pixels.data[4 * i + c] = c === 3 ? 255 : sample ? 255 * sample[i * channels + (channels >= 3 ? c : 0)] : 0;
  Object.assign(canvas, {width, height}).getContext('2d').putImageData(pixels, 0, 0);
}

// The image that the network sees, small beside the answer.
function makeEye({height, width}) {
  const canvas = element('canvas', {className: 'eye', width: 112, height: 112, role: 'img'});
  const text = say('seen', `${height}\u00a0×\u00a0${width}`);
  canvas.ariaLabel = text;
  return {canvas, figure: element('figure', {}, canvas, element('figcaption', {textContent: text}))};
}

// ---- drawing ----------------------------------------------------------------------------------------------------------

const PAD_PIXELS = 800, STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

class Pad {
  constructor(input, changed) {
    const {height, width} = input.image, longer = Math.max(height, width);
    Object.assign(this, {input, changed, strokes: [], pen: null, cursor: [0.5, 0.5], keyboard: false, sample: null, pending: 0});
    [this.width, this.height] = [width / longer, height / longer]; // of the longer side
    this.canvas = element('canvas', {className: 'pad', width: PAD_PIXELS * this.width, height: PAD_PIXELS * this.height, tabIndex: 0,
      role: 'img', ariaLabel: say('pad')});
    this.ink = this.canvas.getContext('2d');
    this.eye = makeEye(input.image);
    this.undoButton = element('button', {type: 'button', className: 'undo', disabled: true, textContent: say('undo')});
    this.clearButton = element('button', {type: 'button', className: 'clear', disabled: true, textContent: say('clear')});
    this.element = element('div', {className: 'draw'}, this.canvas,
      element('div', {className: 'tools'}, this.undoButton, this.clearButton));
    this.listen();
    this.set(null);
  }

  listen() {
    const on = (target, type, f, options) => target.addEventListener(type, f, options), {canvas} = this;
    on(canvas, 'pointerdown', event => this.penDown(event));
    on(canvas, 'pointermove', event => this.penMove(event));
    for (const type of ['pointerup', 'pointercancel']) on(canvas, type, event => this.penUp(event));
    on(canvas, 'touchstart', event => event.preventDefault(), {passive: false}); // Safari scrolls else
    on(canvas, 'contextmenu', event => event.preventDefault());
    on(canvas, 'keydown', event => this.penByKeys(event));
    on(canvas, 'focus', () => this.paint());
    on(canvas, 'blur', () => this.liftKeys());
    on(this.undoButton, 'click', () => this.undo());
    on(this.clearButton, 'click', () => this.clear());
    on(window, 'keydown', event => {
      const here = document.activeElement === canvas || document.activeElement === document.body;
      if ((event.ctrlKey || event.metaKey) && event.key === 'z' && here && this.strokes.length) this.undo();
    });
  }

  set(sample) {
    this.strokes = [];
    this.pen = null;
    this.show(sample);
    this.undoButton.disabled = true;
    this.clearButton.disabled = !sample;
  }

  show(sample) {
    this.sample = sample;
    paint(this.eye.canvas, this.input.image, sample);
    this.paint();
  }

  paint() {
    const {ink, canvas, strokes} = this;
    ink.fillStyle = '#000';
    ink.fillRect(0, 0, canvas.width, canvas.height);
    if (!strokes.length && !this.sample) {
      ink.fillStyle = '#8a94a3';
      ink.font = `${PAD_PIXELS / 16}px ${getComputedStyle(document.body).fontFamily}`;
      ink.textAlign = 'center';
      ink.fillText(say('here'), canvas.width / 2, canvas.height / 2);
    }
    if (!strokes.length && this.sample) { // a sample or a file: grey, as it is not drawn with this pen
      ink.globalAlpha = 0.45;
      ink.imageSmoothingEnabled = false;
      ink.drawImage(this.eye.canvas, 0, 0, canvas.width, canvas.height);
      ink.globalAlpha = 1;
    }
    this.paintStrokes();
    if (document.activeElement === canvas && this.keyboard) this.paintCursor();
  }

  paintStrokes() {
    const {ink} = this;
    ink.lineCap = ink.lineJoin = 'round';
    ink.lineWidth = PEN.pad * PAD_PIXELS;
    ink.strokeStyle = '#fff';
    for (const stroke of this.strokes) {
      ink.beginPath();
      stroke.forEach(([x, y], i) => ink[i ? 'lineTo' : 'moveTo'](x * PAD_PIXELS, y * PAD_PIXELS));
      if (stroke.length === 1) ink.lineTo(stroke[0][0] * PAD_PIXELS, stroke[0][1] * PAD_PIXELS);
      ink.stroke();
    }
  }

  paintCursor() {
    const {ink} = this, [x, y] = this.cursor;
    ink.strokeStyle = this.pen === 'keys' ? '#E69F00' : '#56B4E9';
    ink.lineWidth = 6;
    ink.beginPath();
    ink.arc(x * PAD_PIXELS, y * PAD_PIXELS, PEN.pad * PAD_PIXELS / 2 + 6, 0, 2 * Math.PI);
    ink.stroke();
  }

  strokesChanged() {
    const empty = !this.strokes.length;
    this.undoButton.disabled = this.clearButton.disabled = empty;
    this.show(empty ? null : imageOfStrokes(this.strokes, this.input.frame));
    this.changed();
  }

  // Many moves of the pen come between two frames of the screen; the network runs once for each frame.
  soon() {
    this.pending ||= requestAnimationFrame(() => {
      this.pending = 0;
      this.strokesChanged();
    });
  }

  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [clamp((event.clientX - box.left) / box.width, 0, 1) * this.width,
            clamp((event.clientY - box.top) / box.height, 0, 1) * this.height];
  }

  penDown(event) {
    if (this.pen !== null || (event.pointerType === 'mouse' && event.button !== 0)) return;
    event.preventDefault();
    this.canvas.focus({preventScroll: true});
    try { this.canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
    this.keyboard = false;
    this.pen = event.pointerId;
    this.strokes.push([this.pointOf(event)]);
    this.soon();
  }

  penMove(event) {
    if (event.pointerId !== this.pen) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const e of between.length ? between : [event]) this.strokes.at(-1).push(this.pointOf(e));
    this.soon();
  }

  penUp(event) {
    if (event.pointerId !== this.pen) return;
    this.pen = null;
    this.soon();
  }

  undo() {
    this.pen = null;
    this.strokes.pop();
    this.strokesChanged();
  }

  clear() {
    this.pen = null;
    this.strokes = [];
    this.strokesChanged();
  }

  penByKeys(event) {
    const step = STEPS[event.key], length = event.shiftKey ? 0.01 : 0.03;
    if (event.key === 'Escape') this.clear();
    else if (event.key === 'Backspace' || event.key === 'Delete') this.undo();
    else if (event.key === ' ') {
      this.pen = this.pen === 'keys' ? null : 'keys';
      if (this.pen) this.strokes.push([[...this.cursor]]);
    } else if (step) {
      this.cursor = [clamp(this.cursor[0] + step[0] * length, 0, this.width),
                     clamp(this.cursor[1] + step[1] * length, 0, this.height)];
      if (this.pen === 'keys') this.strokes.at(-1).push([...this.cursor]);
    } else return;
    event.preventDefault();
    this.keyboard = true;
    if (step && this.pen !== 'keys') this.paint();
    else this.strokesChanged();
  }

  liftKeys() {
    if (this.pen === 'keys') this.pen = null;
    this.paint();
  }
}

// ---- sliders --------------------------------------------------------------------------------------------------------

class Sliders {
  constructor(input, changed) {
    Object.assign(this, {rows: [], given: null, element: element('div', {className: 'sliders'})});
    const moved = () => {
      this.given = null;
      changed();
    };
    for (const {name, low, high, start} of input.features) {
      const range = element('input', {type: 'range', min: low, max: high, step: 'any', value: start, ariaLabel: name});
      const number = element('input', {type: 'number', step: 'any', value: Number(start.toPrecision(6)), ariaLabel: name});
      range.addEventListener('input', () => { number.value = Number(Number(range.value).toPrecision(4)); moved(); });
      number.addEventListener('input', () => { range.value = number.value; moved(); });
      this.rows.push({range, number});
      this.element.append(element('label', {}, element('span', {textContent: name}), number, range));
    }
  }

  // What was set, to its last bit, until a slider moves.
  get sample() { return this.given ?? Float32Array.from(this.rows, s => Number(s.number.value)); }

  set(sample) {
    if (!sample) return;
    this.given = sample;
    this.rows.forEach((s, i) => { s.range.value = s.number.value = Number(sample[i].toPrecision(6)); });
  }
}

// ---- files alone ------------------------------------------------------------------------------------------------------

class Files {
  constructor(input) {
    this.input = input;
    this.element = element('div');
    this.eye = input.image && makeEye(input.image);
    this.set(null);
  }

  set(sample) {
    this.sample = sample;
    if (this.eye) paint(this.eye.canvas, this.input.image, sample);
  }
}

const isDrawing = input => input.image && input.image.channels === 1;

const makeInput = (input, changed) =>
  new (isDrawing(input) ? Pad : input.features ? Sliders : Files)(input, changed);
