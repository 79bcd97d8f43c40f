// Files that a person drops: samples for the network as arrays of numbers.

const NPY = {
  f4: (v, i) => v.getFloat32(4 * i, true), f8: (v, i) => v.getFloat64(8 * i, true),
  u1: (v, i) => v.getUint8(i), b1: (v, i) => v.getUint8(i), i1: (v, i) => v.getInt8(i),
  u2: (v, i) => v.getUint16(2 * i, true), i2: (v, i) => v.getInt16(2 * i, true),
  u4: (v, i) => v.getUint32(4 * i, true), i4: (v, i) => v.getInt32(4 * i, true),
  u8: (v, i) => Number(v.getBigUint64(8 * i, true)), i8: (v, i) => Number(v.getBigInt64(8 * i, true)),
};

// numpy's format 1.0 to 3.0 -> {values, bytes: were they uint8?}
function readNpy(buffer) {
  const view = new DataView(buffer), wide = view.getUint8(6) > 1;
  const size = wide ? view.getUint32(8, true) : view.getUint16(8, true), start = (wide ? 12 : 10) + size;
  const head = new TextDecoder().decode(new Uint8Array(buffer, start - size, size));
  const [, type] = /'descr':\s*'[<|=]([a-z]\d)'/.exec(head) || [];
  const [, shape] = /'shape':\s*\(([^)]*)\)/.exec(head) || [];
  if (!NPY[type] || shape === undefined || /'fortran_order':\s*True/.test(head)) throw new Error(say('badNpy'));
  const count = shape.split(',').filter(s => s.trim()).reduce((n, s) => n * Number(s), 1);
  const body = new DataView(buffer, start);
  if (count * Number(type[1]) > body.byteLength) throw new Error(say('badNpy'));
  return {values: Float32Array.from({length: count}, (_, i) => NPY[type](body, i)), bytes: type === 'u1'};
}

// Rows of numbers between commas, semicolons, tabs or spaces; a first line of names is passed over.
function readTable(text) {
  const rows = text.split(/\r?\n/).filter(line => line.trim())
    .map(line => line.trim().split(/\s*[,;\t]\s*|\s+/).map(cell => cell === '' ? NaN : Number(cell)));
  if (rows.length > 1 && rows[0].some(Number.isNaN)) rows.shift();
  if (!rows.length || rows.some(row => row.some(Number.isNaN))) throw new Error(say('badTable'));
  return rows;
}

// What was read, cut into samples of the network's size.
function cut(values, size) {
  if (!values.length || values.length % size) throw new Error(say('badSize', values.length, size));
  const count = Math.min(values.length / size, 200);
  return Array.from({length: count}, (_, i) => Float32Array.from(values.slice(i * size, (i + 1) * size)));
}

async function picturePixels(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 1024 / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale)), height = Math.max(1, Math.round(bitmap.height * scale));
  const context = Object.assign(document.createElement('canvas'), {width, height}).getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return {width, height, rgba: context.getImageData(0, 0, width, height).data};
}

const channelOf = ({width, height, rgba}, f) =>
  ({width, height, values: Float32Array.from({length: width * height}, (_, i) => f(rgba.subarray(4 * i, 4 * i + 4)) / 255)});

// A picture in the network's shape: as it is where the size agrees, ink on paper scaled and centred as strokes are,
// anything else squeezed into the image.
async function readPicture(file, image, frame) {
  const pixels = await picturePixels(file), {height, width, channels} = image;
  const whole = {left: 0, top: 0, right: pixels.width, bottom: pixels.height};
  if (channels === 1) {
    const grey = channelOf(pixels, p => 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]);
    return pixels.width === width && pixels.height === height ? asBytes(grey.values) : imageOfPicture(grey, frame);
  }
  const planes = Array.from({length: channels}, (_, c) =>
    asBytes(averaged(channelOf(pixels, p => p[c]), whole, height, width)));
  return Float32Array.from({length: height * width * channels}, (_, i) => planes[i % channels][Math.floor(i / channels)]);
}

// A dropped file -> samples for an input, whose `image` is null if it takes no images.
async function readSamples(file, {image, frame, size}) {
  if (/^image\//.test(file.type) || /\.(png|jpe?g|gif|webp|bmp)$/i.test(file.name)) {
    if (!image) throw new Error(say('noPicture'));
    return [await readPicture(file, image, frame)];
  }
  const buffer = await file.arrayBuffer(), magic = new Uint8Array(buffer.slice(0, 6));
  if (magic[0] === 0x93 && String.fromCharCode(...magic.slice(1)) === 'NUMPY') {
    const {values, bytes} = readNpy(buffer);
    return cut(image && bytes ? values.map(v => v / 255) : values, size);
  }
  const rows = readTable(new TextDecoder().decode(buffer));
  const whole = rows.every(row => row.length === rows[0].length) && rows[0].length % size === 0;
  if (!whole) throw new Error(say('badSize', rows[0].length, size));
  const samples = cut(rows.flat(), size);
  return image ? samples.map(s => s.some(v => v > 1.5) ? s.map(v => v / 255) : s) : samples;
}
