// In a page that cornu lab serve gives: what is running, why a run failed, and the page anew when one has ended.
'use strict';
(() => {
  const bar = document.createElement('div');
  bar.style.cssText = 'position:fixed;left:0;right:0;bottom:0;z-index:9;padding:.5em 1em;background:#1f2937;color:#fff;' +
    'font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;max-height:40vh;overflow:auto';
  bar.hidden = true;
  bar.setAttribute('role', 'status');
  document.body.append(bar);
  const text = ({running, progress, message}) => {
    if (!running) return message;
    if (!progress) return '…';
    return [`${progress.done}/${progress.total}`, ...progress.running.map(([name, epoch, epochs]) => `${name} ${epoch}/${epochs}`)]
      .join('   ');
  };
  const ask = async () => {
    try {
      const state = await (await fetch('state')).json();
      if (state.runs !== cornuRuns && !state.running && !state.message) return location.reload();
      bar.textContent = text(state);
      bar.hidden = !bar.textContent;
    } catch (e) {
      bar.textContent = '×';
      bar.hidden = false;
    }
    setTimeout(ask, 500);
  };
  ask();
})();
