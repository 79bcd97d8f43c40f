// For who reads: code in colours with a button that copies it, the present section in the contents, search.
'use strict';
(() => {
  const words = JSON.parse(document.body.dataset.words || '{}');

  // ---- code ----------------------------------------------------------------------------------------------------------

  // A statement's first word, its arguments' names, numbers and texts.
  const parts = /("[^"\n]*"|'[^'\n]*')|(#[^\n]*)|(\b[A-Za-z_]\w*(?==))|(\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b)|(\b(?:true|false|none)\b)/g;
  const kinds = ['text', 'comment', 'name', 'number', 'number'];
  const span = (kind, text) => {
    const made = document.createElement('span');
    made.className = `code-${kind}`;
    made.textContent = text;
    return made;
  };
  const colour = (line) => {
    const found = [], first = /^\s*[a-z_]\w*/.exec(line);
    let at = 0;
    if (first) {
      found.push(span('word', first[0]));
      at = first[0].length;
    }
    parts.lastIndex = at;
    for (let match; (match = parts.exec(line));) {
      found.push(line.slice(at, match.index), span(kinds[match.slice(1).findIndex((m) => m !== undefined)], match[0]));
      at = match.index + match[0].length;
    }
    found.push(line.slice(at));
    return found;
  };
  for (const code of document.querySelectorAll('pre.source')) {
    const text = code.textContent, frame = document.createElement('div'), button = document.createElement('button');
    code.replaceChildren(...text.split('\n').flatMap((line, i) => i ? ['\n', ...colour(line)] : colour(line)));
    frame.className = 'code';
    code.replaceWith(frame);
    button.type = 'button';
    button.className = 'copy';
    button.textContent = words.copy;
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(text);
      } catch (e) { // a page from a file may not
        const range = document.createRange();
        range.selectNodeContents(code);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand('copy');
      }
      button.textContent = words.copied;
      setTimeout(() => { button.textContent = words.copy; }, 1500);
    });
    frame.append(code, button);
  }

  // ---- contents ------------------------------------------------------------------------------------------------------

  const contents = document.querySelector('.contents'), links = contents ? [...contents.querySelectorAll('a')] : [];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let present = null;
  const mark = () => {
    let i = headings.findLastIndex((heading) => heading && heading.getBoundingClientRect().top < 120);
    if (innerHeight + scrollY >= document.documentElement.scrollHeight - 2) i = links.length - 1;
    const link = i < 0 ? null : links[i];
    if (link === present) return;
    if (present) present.removeAttribute('aria-current');
    if (link) {
      link.setAttribute('aria-current', 'true');
      const {top, bottom} = link.getBoundingClientRect(), frame = contents.getBoundingClientRect();
      if (getComputedStyle(contents).position === 'sticky' && (top < frame.top || bottom > frame.bottom))
        contents.scrollTop += top - frame.top - frame.height / 3;
    }
    present = link;
  };
  if (links.length) {
    addEventListener('scroll', mark, {passive: true});
    mark();
  }

  // ---- search --------------------------------------------------------------------------------------------------------

  const main = document.querySelector('main');
  if (!contents || !main || !CSS.highlights) return;
  const form = document.createElement('form'), field = document.createElement('input'), count = document.createElement('output');
  form.className = 'search';
  form.setAttribute('role', 'search');
  field.type = 'search';
  field.placeholder = words.search;
  field.setAttribute('aria-label', words.search);
  form.append(field, count);
  contents.prepend(form);
  let found = [], at = -1;
  // Without accents, and as long as the text: a letter with its accent is one character there.
  const letter = (c) => c.normalize('NFD')[0].toLowerCase();
  const plain = (text) => text.normalize('NFC').replace(/./gsu, (c) => c.length === 1 ? letter(c) : c);
  const look = () => {
    const wanted = plain(field.value.trim());
    found = [];
    at = -1;
    const walk = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    for (let node; wanted.length > 1 && (node = walk.nextNode());) {
      if (node.parentElement.closest('script, style, svg, .menu, .copy, annotation')) continue;
      const text = plain(node.data);
      if (text.length !== node.data.length) continue; // its places would be others
      for (let i = 0; (i = text.indexOf(wanted, i)) >= 0; i += wanted.length) {
        const range = document.createRange();
        range.setStart(node, i);
        range.setEnd(node, i + wanted.length);
        found.push(range);
      }
    }
    CSS.highlights.set('found', new Highlight(...found));
    CSS.highlights.delete('present');
    count.textContent = wanted.length > 1 ? String(found.length) : '';
  };
  const go = (by) => {
    if (!found.length) return;
    at = (at + by + found.length) % found.length;
    CSS.highlights.set('present', new Highlight(found[at]));
    count.textContent = `${at + 1}/${found.length}`;
    const top = found[at].getBoundingClientRect().top;
    scrollBy({top: top - innerHeight / 3});
  };
  field.addEventListener('input', look);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go(1);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.shiftKey) return;
    event.preventDefault();
    go(-1);
  });
})();
