// Digits drawn as a person would, by pointer events on the pad of an exported page: two ways to write each, at several
// sizes and places, with a hand that is not steady. Results go into the page as lines of text:
//     image INDEX p0 p1 …             predictions of the samples in the page
//     drawn WANTED SEEN CHANCE HAND WAY
//     gone STROKES STROKES BARS       after Undo, after Clear
//     keys SEEN                       a line drawn by keys alone
//     files …                         what dropped files came to
// between `ready` and `end`. WHAT is "all", or "images" for the predictions alone.
const at = where => document.querySelector(where);

// Coordinates of a digit lie in a box of 0 … 1; a curve goes through its points.
const DIGITS = [
  [[[[.55, 0], [.15, .2], [.05, .55], [.25, .92], [.6, .98], [.92, .65], [.88, .25], [.55, 0]]],
   [[[.7, .05], [.35, .02], [.12, .35], [.1, .7], [.4, 1], [.75, .85], [.85, .45], [.65, .05], [.5, .02]]]],
  [[[[.55, 0], [.5, .5], [.45, 1]]],
   [[[.62, 0], [.52, .35], [.42, .7], [.36, 1]]]],
  [[[[.1, .2], [.4, 0], [.8, .12], [.75, .4], [.4, .7], [.05, .98]], [[.05, .98], [.5, .96], [.95, .95]]],
   [[[.15, .15], [.5, 0], [.85, .2], [.65, .5], [.3, .8], [.1, .95], [.3, .88], [.55, .95], [.95, .98]]]],
  [[[[.1, .08], [.5, 0], [.85, .18], [.7, .4], [.4, .47]], [[.4, .47], [.8, .55], [.9, .78], [.6, .98], [.05, .93]]],
   [[[.15, .12], [.5, 0], [.8, .15], [.72, .38], [.42, .46], [.8, .58], [.86, .8], [.55, 1], [.1, .9]]]],
  [[[[.2, 0], [.12, .3], [.1, .5]], [[.1, .5], [.5, .52], [.9, .48]], [[.8, 0], [.76, .5], [.72, 1]]],
   [[[.3, .05], [.2, .3], [.15, .52], [.5, .55], [.85, .5]], [[.82, .1], [.75, .5], [.68, 1]]]],
  [[[[.2, 0], [.17, .25], [.15, .43]], [[.15, .43], [.5, .38], [.85, .6], [.75, .9], [.4, 1], [.05, .92]],
    [[.2, 0], [.5, .01], [.9, 0]]],
   [[[.85, .02], [.5, .02], [.25, .05]], [[.25, .05], [.2, .25], [.18, .42]],
    [[.18, .42], [.55, .4], [.82, .65], [.65, .93], [.35, 1], [.08, .9]]]],
  [[[[.7, 0], [.35, .25], [.15, .6], [.25, .92], [.55, 1], [.82, .8], [.65, .57], [.35, .6], [.18, .78]]],
   [[[.55, 0], [.25, .35], [.12, .7], [.35, .98], [.7, .95], [.8, .7], [.5, .58], [.2, .72]]]],
  [[[[.05, .05], [.45, .03], [.9, 0]], [[.9, 0], [.65, .4], [.45, .75], [.38, 1]]],
   [[[.08, .1], [.5, .06], [.88, .08]], [[.88, .08], [.7, .4], [.55, .7], [.42, 1]]]],
  [[[[.8, .12], [.5, 0], [.2, .15], [.35, .4], [.7, .6], [.8, .85], [.5, 1], [.2, .85], [.32, .6], [.65, .4], [.8, .12]]],
   [[[.55, .48], [.22, .25], [.5, 0], [.78, .22], [.5, .48], [.15, .75], [.5, 1], [.85, .78], [.55, .48]]]],
  [[[[.82, .15], [.5, 0], [.18, .2], [.3, .45], [.65, .42], [.82, .15]], [[.82, .15], [.78, .6], [.7, 1]]],
   [[[.8, .2], [.55, .02], [.22, .18], [.28, .42], [.6, .44], [.8, .2], [.8, .55], [.68, .85], [.5, 1]]]],
];
// Where the digit's box lies on the pad, how it leans, how far the hand shakes.
const HANDS = [
  {name: 'large', x: .2, y: .1, w: .6, h: .8, lean: 0, shake: .006},
  {name: 'upright', x: .3, y: .22, w: .4, h: .56, lean: 0, shake: .008},
  {name: 'small-top-left', x: .08, y: .06, w: .19, h: .27, lean: 0, shake: .004},
  {name: 'small-bottom-right', x: .7, y: .62, w: .22, h: .32, lean: .12, shake: .004},
  {name: 'leaning', x: .25, y: .15, w: .45, h: .65, lean: .22, shake: .008},
];

let seed = 12345; // of Park and Miller's generator: the same hand at every run
const random = () => (seed = seed * 48271 % 2147483647) / 2147483647 - 0.5;

// Catmull and Rom's curve through the points, closely enough for a pointer's path.
function curve(points) {
  const path = [], near = i => points[Math.min(points.length - 1, Math.max(0, i))];
  for (let i = 0; i + 1 < points.length; i++) {
    const [a, b, c, d] = [near(i - 1), near(i), near(i + 1), near(i + 2)];
    for (let t = 0; t < 1; t += 1 / 8)
      path.push([0, 1].map(k => 0.5 * (2 * b[k] + (c[k] - a[k]) * t + (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k]) * t * t +
        (3 * b[k] - a[k] - 3 * c[k] + d[k]) * t ** 3)));
  }
  return [...path, points.at(-1)];
}

function drawStroke(points, hand, pointerType) {
  const pad = at('.pad'), box = pad.getBoundingClientRect();
  const send = (type, [x, y]) => pad.dispatchEvent(new PointerEvent(type, {pointerId: 7, pointerType, button: 0,
    buttons: 1, bubbles: true, cancelable: true,
    clientX: box.left + box.width * (hand.x + hand.w * (x + hand.lean * (0.5 - y)) + hand.shake * random()),
    clientY: box.top + box.height * (hand.y + hand.h * y + hand.shake * random())}));
  const path = curve(points);
  send('pointerdown', path[0]);
  for (const point of path.slice(1)) send('pointermove', point);
  send('pointerup', path.at(-1));
}

const frame = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
const text = where => at(where).textContent;
const lines = ['ready'];

async function drawAll() {
  for (const hand of HANDS)
    for (const [digit, ways] of DIGITS.entries())
      for (const [way, strokes] of ways.entries()) {
        at('.clear').click();
        for (const stroke of strokes) drawStroke(stroke, hand, ['mouse', 'touch', 'pen'][way]);
        await frame();
        lines.push(['drawn', digit, text('.answer'), text('.head .note').replace(/\s/g, ''), hand.name, way].join(' '));
      }
}

async function takeBack() {
  at('.clear').click();
  for (const stroke of DIGITS[4][0]) drawStroke(stroke, HANDS[0], 'mouse');
  await frame();
  at('.undo').click();
  const left = cornu.inputs[0].strokes.length;
  at('.clear').click();
  lines.push(`gone ${left} ${cornu.inputs[0].strokes.length} ${text('.bars').replace(/[0-9]/g, '')}`);
}

// By keys alone: a straight line downwards is a 1.
async function byKeys() {
  const pad = at('.pad');
  const press = key => pad.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
  pad.focus();
  for (let i = 0; i < 12; i++) press('ArrowUp');
  press(' ');
  for (let i = 0; i < 24; i++) press('ArrowDown');
  press(' ');
  await frame();
  lines.push(`keys ${text('.answer')}`);
}

function predictSamples() {
  const buttons = document.querySelectorAll('#trayItems button');
  cornu.model.samples.index.forEach((index, i) => {
    buttons[i].click();
    lines.push(`image ${index} ${cornu.state.outputs.map(out => [...out].join(' ')).join(' ')}`);
  });
}

// ---- dropped files ----------------------------------------------------------------------------------------------------

const pixels = () => Uint8Array.from(cornu.inputs[0].sample, v => Math.round(255 * v));

function npyOf(bytes) {
  const head = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 28, 28), }".padEnd(117) + '\n';
  return new File([Uint8Array.of(0x93, 78, 85, 77, 80, 89, 1, 0, 118, 0), head, bytes], 'digit.npy');
}

async function pngOf(bytes) {
  const canvas = Object.assign(document.createElement('canvas'), {width: 28, height: 28});
  const image = new ImageData(28, 28);
  bytes.forEach((v, i) => image.data.set([v, v, v, 255], 4 * i));
  canvas.getContext('2d').putImageData(image, 0, 0);
  return new File([await new Promise(done => canvas.toBlob(done))], 'digit.png', {type: 'image/png'});
}

// A 3 in blue on light paper, small in a corner of a large picture.
async function photo() {
  const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 480}), to = canvas.getContext('2d');
  to.fillStyle = '#eee9dd';
  to.fillRect(0, 0, 640, 480);
  Object.assign(to, {strokeStyle: '#223a7a', lineWidth: 14, lineCap: 'round', lineJoin: 'round'});
  for (const stroke of DIGITS[3][0]) {
    to.beginPath();
    curve(stroke).forEach(([x, y]) => to.lineTo(420 + 90 * x, 250 + 150 * y));
    to.stroke();
  }
  return new File([await new Promise(done => canvas.toBlob(done))], 'photo.png', {type: 'image/png'});
}

// Each way to bring sample 7 gives the very output that tapping it gives.
async function dropFiles() {
  const results = [], tap = i => document.querySelectorAll('#trayItems button')[i].click();
  tap(7);
  const bytes = pixels(), expected = cornu.state.outputs[0].join();
  const files = [npyOf(bytes), await pngOf(bytes), new File([[...bytes].join(', ')], 'digit.csv')];
  for (const file of files) {
    tap(1);
    await cornu.take(file);
    results.push(`${file.name} ${cornu.state.outputs[0].join() === expected ? 'same' : 'other'}`);
  }
  await cornu.take(await photo());
  results.push(`photo ${text('.answer')}`);
  for (const bad of ['1, 2, 3', 'hello', '']) {
    await cornu.take(new File([bad], 'bad.csv'));
    results.push(document.getElementById('problem').hidden ? 'taken' : 'refused');
  }
  lines.push(`files ${results.join(' ')}`);
}

(async () => {
  try {
    predictSamples();
    if (WHAT === 'all') {
      await drawAll();
      await takeBack();
      await byKeys();
      await dropFiles();
    }
    lines.push('end');
  } catch (error) {
    lines.push(`error ${error.message}`);
  }
  const out = document.createElement('pre');
  out.textContent = `\n${lines.join('\n')}\n`;
  document.body.replaceChildren(out);
})();
