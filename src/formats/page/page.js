// The page: inputs are filled by hand, by files or by samples; bars show what comes out.
const at = id => document.getElementById(id);
const model = JSON.parse(at('model').textContent);
const weights = floatsOf(at('weights').textContent);
const several = model.inputs.length > 1;
const inputs = model.inputs.map(input => makeInput(input, handChanged));
const state = {outputs: null};

// ---- what comes out -------------------------------------------------------------------------------------------------

const SHOWN = 100; // numbers of an output at most

class Answer {
  constructor(output, labels) {
    Object.assign(this, {output, labels, bars: [], reach: 1e-6});
    this.title = element('p', {className: 'answer', ariaLive: 'polite'});
    this.note = element('p', {className: 'note'});
    this.head = element('div', {className: 'head'}, element('div', {}, this.title, this.note));
    const list = element('div', {className: 'bars'});
    for (let i = 0; i < Math.min(output.size, SHOWN); i++) {
      const alone = model.outputs.length > 1 ? output.name : say('output', 1);
      const name = element('b', {textContent: labels[i] ?? (output.size > 1 ? String(i) : alone)});
      const fill = element('div', {className: 'fill'}), value = element('span', {className: 'value'});
      this.bars.push({name, fill, value});
      list.append(name, element('div', {className: 'track', ariaHidden: true}, fill), value);
    }
    this.element = element('div', {className: 'output'},
      ...model.outputs.length > 1 ? [element('h2', {textContent: output.name})] : [], this.head, list);
  }

  // A share of the track from 0 for probabilities; for other numbers from the middle, as far as the greatest seen so far.
  place(fill, v) {
    if (this.output.kind !== 'values') {
      fill.style.cssText = `left:0;width:${100 * clamp(v, 0, 1)}%`;
      return;
    }
    const share = 50 * clamp(Math.abs(v) / this.reach, 0, 1);
    fill.style.cssText = `width:${share}%;left:${v < 0 ? 50 - share : 50}%`;
  }

  text(v) { return this.output.kind === 'values' ? plain.format(v) : percent.format(v); }

  show(out) {
    const {kind, size} = this.output;
    const best = out && kind === 'softmax' ? out.reduce((b, v, i) => v > out[b] ? i : b, 0) : -1;
    if (out) this.reach = out.slice(0, SHOWN).reduce((m, v) => Math.max(m, Math.abs(v)), this.reach);
    this.bars.forEach(({name, fill, value}, i) => {
      this.place(fill, out ? out[i] : 0);
      value.textContent = out ? this.text(out[i]) : '–';
      for (const part of [name, fill, value]) part.classList.toggle('best', i === best || (out && kind !== 'softmax'));
    });
    if (!out) {
      this.title.textContent = say(model.inputs.some(isDrawing) ? 'waiting' : 'waitingFile');
      this.note.textContent = kind === 'values' ? '' : say('zero');
    } else if (best >= 0) {
      this.title.textContent = this.labels[best] ?? String(best);
      this.note.textContent = say('chance', this.text(out[best]));
    } else {
      this.title.textContent = size === 1 ? this.text(out[0]) : '';
      this.note.textContent = size === 1 ? this.labels[0] ?? '' : '';
    }
    this.title.classList.toggle('short', this.title.textContent.length < 3);
  }
}

const answers = [];

function makeAnswers() {
  let first = 0;
  for (const output of model.outputs) {
    answers.push(new Answer(output, model.labels.slice(first, first + output.size)));
    first += output.size;
  }
  if (!several && inputs[0].eye) answers[0].head.append(inputs[0].eye.figure);
  at('outputs').append(...answers.map(a => a.element));
}

// The network runs when every input has a sample.
function run() {
  const samples = inputs.map(input => input.sample);
  state.outputs = samples.every(sample => sample) ? predict(model, weights, samples) : null;
  answers.forEach((answer, i) => answer.show(state.outputs && state.outputs[i]));
}

function handChanged() {
  press(null);
  run();
}

// ---- samples and files ----------------------------------------------------------------------------------------------

function press(button) {
  for (const other of at('trayItems').children) other.ariaPressed = String(other === button);
}

// The value that a sample should give, as values are written here.
const called = name =>
  name && model.outputs[0].kind === 'values' && Number.isFinite(Number(name)) ? plain.format(name) : name;

// Each sample is a list: an array of numbers for each input of `into`.
function fillTray(title, samples, names, into) {
  const pictured = into.findIndex(i => model.inputs[i].image);
  at('tray').hidden = !samples.length;
  at('trayTitle').textContent = title;
  at('trayItems').className = pictured >= 0 ? '' : 'words';
  at('trayItems').replaceChildren(...samples.map((sample, i) => {
    const button = element('button', {type: 'button', ariaPressed: 'false', ariaLabel: `${say('sampleName', i + 1)} ${names[i] ?? ''}`});
    for (const [k, input] of into.entries()) {
      if (!model.inputs[input].image) continue;
      const canvas = element('canvas');
      paint(canvas, model.inputs[input].image, sample[k]);
      button.append(canvas);
    }
    if (names[i] || pictured < 0) button.append(element('small', {textContent: called(names[i]) || i + 1}));
    button.addEventListener('click', () => choose(sample, into, button));
    return button;
  }));
}

function choose(sample, into, button) {
  into.forEach((input, k) => inputs[input].set(sample[k]));
  press(button);
  run();
}

async function take(file, index = 0) {
  if (!file) return;
  at('problem').hidden = true;
  try {
    const samples = (await readSamples(file, model.inputs[index])).map(sample => [sample]);
    if (samples.length > 1) fillTray(say('given'), samples, [], [index]);
    choose(samples[0], [index], samples.length > 1 ? at('trayItems').firstChild : null);
  } catch (error) {
    at('problem').textContent = `${file.name}: ${error instanceof DOMException ? say('badPicture') : error.message}`;
    at('problem').hidden = false;
  }
}

function makeDrop(index) {
  const input = model.inputs[index], file = element('input', {type: 'file'});
  const what = say(input.image ? 'dropImage' : 'dropNumbers');
  file.addEventListener('change', event => take(event.target.files[0], index));
  return element('div', {className: 'drop'}, element('label', {},
    element('span', {textContent: say(isDrawing(input) || input.features ? 'drop' : 'dropOnly', what)}), ' ', file));
}

// A file goes to the input that it is dropped on, else to the first.
function listenForDrops() {
  const under = event => Number(event.target.closest?.('[data-input]')?.dataset.input ?? 0);
  const over = on => event => {
    event.preventDefault();
    document.querySelectorAll('.drop').forEach((drop, i) => drop.classList.toggle('over', on && i === under(event)));
  };
  document.addEventListener('dragover', over(true));
  document.addEventListener('dragleave', over(false));
  document.addEventListener('drop', event => {
    over(false)(event);
    take(event.dataTransfer.files[0], under(event));
  });
}

function makeInputs() {
  inputs.forEach((input, i) => {
    const block = element('div', {className: 'input'}), byFile = input instanceof Files;
    block.dataset.input = i;
    if (several) block.append(element('h2', {textContent: model.inputs[i].name}));
    block.append(input.element);
    if (several && input.eye && byFile) block.append(input.eye.figure);
    if (several || byFile) block.append(makeDrop(i));
    else at('files').prepend(makeDrop(i));
    at('give').append(block);
  });
  listenForDrops();
}

// ---- about the network ----------------------------------------------------------------------------------------------

// Where a name is too long for its column it may break: batch_|normalization, Batch|Normalization.
const parts = text => text.split(/(?<=_)|(?<=[a-z])(?=[A-Z])/).flatMap((part, i) => i ? [element('wbr'), part] : [part]);

const row = (cell, ...texts) => element('tr', {}, ...texts.map((text, i) =>
  element(cell, {className: i === 3 ? 'number' : ''}, ...parts(text))));

function inputNote(input) {
  if (!input.image) return say('tableNote');
  const {height, width} = input.image, {margin, byMass} = input.frame;
  if (!isDrawing(input)) return say('imageNote', height, width);
  return byMass ? say('massNote', Math.min(height, width) - 2 * margin, Math.min(height, width)) : say('boxNote', height, width);
}

function makeAbout() {
  at('aboutTitle').textContent = say('about');
  at('aboutText').textContent = say('aboutText', model.name, grouped.format(model.parameters));
  for (const note of new Set(model.inputs.map(inputNote))) at('aboutInputs').append(element('p', {className: 'note', textContent: note}));
  if (model.inputs.some(isDrawing)) at('aboutInputs').append(element('p', {className: 'note', textContent: say('keys')}));
  at('layers').append(
    element('thead', {}, row('th', say('layer'), say('kind'), say('shape'), say('parameters'))),
    element('tbody', {}, ...model.layers.map(l => row('td', l.name, l.kind, l.shape.join(' × '), grouped.format(l.parameters)))),
    element('tfoot', {}, row('td', say('total'), '', '', grouped.format(model.parameters))));
}

function leadWord() {
  if (several) return 'leadSeveral';
  const [input] = model.inputs;
  return isDrawing(input) ? 'leadDraw' : input.image ? 'leadImage' : input.features ? 'leadTable' : 'leadFile';
}

function start() {
  at('lead').textContent = say(leadWord());
  makeInputs();
  makeAnswers();
  if (model.samples) {
    const each = model.inputs.map(({size}, i) => cut(floatsOf(model.samples.values[i]), size));
    fillTray(say('samples'), each[0].map((_, n) => each.map(values => values[n])), model.samples.names,
      model.inputs.map((_, i) => i));
  }
  makeAbout();
  run();
}
start();

// For the browser's console: cornu.predict([…]) gives what the library gives; of several inputs or outputs a list.
window.cornu = {model, weights, inputs, state, take,
  predict: sample => {
    const out = predict(model, weights, several ? sample : [sample]);
    return out.length > 1 ? out : out[0];
  }};
