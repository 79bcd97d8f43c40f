// What the page says. {0}, {1} … stand for the values given.
const WORDS = {
  en: {
    leadDraw: 'Draw below with mouse, finger or pen. The network runs here in the page, at every move of the pen.',
    leadImage: 'Give the network an image. It runs here in the page; nothing is sent anywhere.',
    leadTable: 'Move the sliders and see what the network says. It runs here in the page; nothing is sent anywhere.',
    leadFile: 'Give the network a file. It runs here in the page; nothing is sent anywhere.',
    leadSeveral: 'Give each input of the network something. The network runs here in the page as soon as all have it; nothing is sent anywhere.',
    here: 'draw here', undo: 'Undo', clear: 'Clear', drop: 'Or drop a file here: {0}.', dropOnly: 'Drop a file here: {0}.',
    dropImage: 'an image, rows of numbers (CSV) or a .npy', dropNumbers: 'rows of numbers (CSV) or a .npy',
    pad: 'Drawing pad. Arrow keys move the pen, space puts it down or lifts it, Backspace undoes, Escape clears.',
    keys: 'Without a mouse: arrow keys move the pen on the pad, space puts it down or lifts it, Backspace undoes, Escape clears.',
    seen: 'what it sees: {0}', waiting: 'Nothing drawn yet', waitingFile: 'Nothing given yet', zero: 'the chances will stand here',
    chance: '{0} chance', output: 'output {0}',
    samples: 'Or tap one of these', given: 'From your file', sampleName: 'sample {0}',
    about: 'About the network', aboutText: '“{0}” has {1} parameters in the layers below. Its weights are in this page, as 32-bit floats; nothing is fetched or sent.',
    layer: 'Layer', kind: 'Kind', shape: 'Output', parameters: 'Parameters', total: 'Total',
    massNote: 'What is drawn is prepared as MNIST was: its larger side is scaled to {0} of {1} pixels with grey edges, its centre of mass is moved to the centre, and each pixel is a byte x divided by 255, so from 0 to 1. The line is kept about as thick as in MNIST, however small you draw.',
    boxNote: 'What is drawn is scaled until it fills the image of {0} × {1} pixels; each pixel is a byte x divided by 255, so from 0 to 1.',
    imageNote: 'Images are scaled to {0} × {1} pixels; each value is a byte x divided by 255, so from 0 to 1.',
    tableNote: 'Numbers are used as they are, without scaling.',
    badNpy: 'This .npy cannot be read: expected numbers in C order.',
    badTable: 'This file holds something other than rows of numbers.',
    badSize: '{0} numbers; the network takes {1} a sample.', noPicture: 'This network takes numbers, not images.',
    badPicture: 'This image cannot be read.',
  },
  es: {
    leadDraw: 'Dibuja abajo con el ratón, el dedo o el lápiz. La red se ejecuta aquí, en la página, con cada trazo.',
    leadImage: 'Dale una imagen a la red. Se ejecuta aquí, en la página; no se envía nada.',
    leadTable: 'Mueve los controles y mira lo que dice la red. Se ejecuta aquí, en la página; no se envía nada.',
    leadFile: 'Dale un archivo a la red. Se ejecuta aquí, en la página; no se envía nada.',
    leadSeveral: 'Dale algo a cada entrada de la red. La red se ejecuta aquí, en la página, en cuanto todas lo tienen; no se envía nada.',
    here: 'dibuja aquí', undo: 'Deshacer', clear: 'Borrar', drop: 'O suelta aquí un archivo: {0}.', dropOnly: 'Suelta aquí un archivo: {0}.',
    dropImage: 'una imagen, filas de números (CSV) o un .npy', dropNumbers: 'filas de números (CSV) o un .npy',
    pad: 'Lienzo. Las flechas mueven el lápiz, espacio lo baja o lo levanta, Retroceso deshace, Escape borra.',
    keys: 'Sin ratón: las flechas mueven el lápiz sobre el lienzo, espacio lo baja o lo levanta, Retroceso deshace, Escape borra.',
    seen: 'lo que ve: {0}', waiting: 'Aún no hay dibujo', waitingFile: 'Aún no hay datos', zero: 'aquí saldrán las probabilidades',
    chance: 'probabilidad: {0}', output: 'salida {0}',
    samples: 'O toca una de estas', given: 'De tu archivo', sampleName: 'muestra {0}',
    about: 'Sobre la red', aboutText: '«{0}» tiene {1} parámetros en las capas de abajo. Sus pesos están en esta página, como números de 32 bits; no se pide ni se envía nada.',
    layer: 'Capa', kind: 'Tipo', shape: 'Salida', parameters: 'Parámetros', total: 'Total',
    massNote: 'El dibujo se prepara como MNIST: su lado mayor se escala a {0} de {1} píxeles con bordes grises, su centro de masas se lleva al centro y cada píxel es un byte x dividido entre 255, es decir, de 0 a 1. El trazo se mantiene tan grueso como en MNIST, por pequeño que se dibuje.',
    boxNote: 'El dibujo se escala hasta llenar la imagen de {0} × {1} píxeles; cada píxel es un byte x dividido entre 255, es decir, de 0 a 1.',
    imageNote: 'Las imágenes se escalan a {0} × {1} píxeles; cada valor es un byte x dividido entre 255, es decir, de 0 a 1.',
    tableNote: 'Los números se usan como son, sin escalar.',
    badNpy: 'No se puede leer este .npy: se esperaban números en orden C.',
    badTable: 'Este archivo contiene algo que no son filas de números.',
    badSize: '{0} números; la red toma {1} por muestra.', noPicture: 'Esta red toma números, no imágenes.',
    badPicture: 'No se puede leer esta imagen.',
  },
};

const language = WORDS[document.documentElement.lang] ? document.documentElement.lang : 'en';
const say = (word, ...values) => WORDS[language][word].replace(/\{(\d)\}/g, (_, i) => values[i]);
const grouped = new Intl.NumberFormat(language, {useGrouping: 'always'});
const percent = new Intl.NumberFormat(language, {style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1});
const plain = new Intl.NumberFormat(language, {maximumSignificantDigits: 5});
