// Draws the timeline of ranks on a canvas: a row a rank, what blocks the compute stream above, what
// runs beside it below. Drag or arrow keys move, buttons or + and - zoom, 0 shows everything.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('spans').textContent);
  const canvas = document.getElementById('timeline');
  const range = document.getElementById('range');
  const under = document.getElementById('under');
  const rowHeight = 28, mainHeight = 18, sideHeight = 5, axisHeight = 20, labelWidth = 62;
  const columnWidth = 4;
  // Computation at the bottom, then communication, waiting on top.
  const rank = (kind) => kind.waiting ? 2 : kind.colour.startsWith('--ax') ? 1 : 0;
  const stackOrder = data.kinds.map((_, i) => i).sort((a, b) => rank(data.kinds[a]) - rank(data.kinds[b]) || a - b);
  let from = 0, to = data.end, drag = null;

  // Lanes arrive as runs of (gap, length, kind) in ticks.
  for (const lane of data.lanes) {
    const flat = lane.runs, count = flat.length / 3;
    lane.begin = new Float64Array(count);
    lane.end = new Float64Array(count);
    lane.kind = new Uint16Array(count);
    let at = 0;
    for (let i = 0; i < count; ++i) {
      at += flat[3 * i];
      lane.begin[i] = at * data.tick;
      at += flat[3 * i + 1];
      lane.end[i] = at * data.tick;
      lane.kind[i] = flat[3 * i + 2];
    }
  }

  const seconds = (s) => {
    const size = Math.abs(s);
    if (size === 0) return '0';
    const [unit, name] = size >= 1 ? [1, 's'] : size >= 1e-3 ? [1e-3, 'ms'] : size >= 1e-6 ? [1e-6, 'us'] : [1e-9, 'ns'];
    return Number((s / unit).toPrecision(5)) + ' ' + name;
  };
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return {of: data.kinds.map((k) => style.getPropertyValue(k.colour).trim() || '#888'),
            text: style.getPropertyValue('--soft'), line: style.getPropertyValue('--line')};
  };
  // The first run that ends after `time`.
  const firstAfter = (lane, time) => {
    let low = 0, high = lane.end.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lane.end[middle] > time) high = middle; else low = middle + 1;
    }
    return low;
  };
  const step = (span) => {
    const raw = span / 6, power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  };

  function drawRuns(context, lane, x, palette, box) {
    for (let i = box.first; i < box.last; ++i) {
      const left = Math.max(labelWidth, x(lane.begin[i])), right = x(lane.end[i]);
      context.fillStyle = palette.of[lane.kind[i]];
      context.fillRect(left, box.top, Math.max(right - left, 0.6), box.height);
    }
  }

  // Columns a few pixels wide, each a stack of the kinds that share its time.
  function drawShares(context, lane, palette, box) {
    const columns = Math.floor((canvas.clientWidth - labelWidth) / columnWidth), width = (to - from) / columns;
    const time = new Float64Array(columns * data.kinds.length);
    for (let i = box.first; i < box.last; ++i) {
      const begin = Math.max(lane.begin[i], from), end = Math.min(lane.end[i], to);
      for (let c = Math.floor((begin - from) / width); c < columns && from + c * width < end; ++c) {
        const share = Math.min(end, from + (c + 1) * width) - Math.max(begin, from + c * width);
        time[c * data.kinds.length + lane.kind[i]] += share / width;
      }
    }
    for (let c = 0; c < columns; ++c) {
      let top = box.top + box.height;
      for (const kind of stackOrder) {
        const height = time[c * data.kinds.length + kind] * box.height;
        if (height <= 0) continue;
        top -= height;
        context.fillStyle = palette.of[kind];
        context.fillRect(labelWidth + c * columnWidth, top, columnWidth + 0.3, height + 0.3);
      }
    }
  }

  function drawLane(context, lane, x, palette) {
    const box = {top: axisHeight + lane.row * rowHeight + (lane.side ? mainHeight + 3 : 3),
                 height: lane.side ? sideHeight : mainHeight, first: firstAfter(lane, from), last: firstAfter(lane, to)};
    if (box.last < lane.begin.length && lane.begin[box.last] < to) ++box.last;
    const crowded = box.last - box.first > (canvas.clientWidth - labelWidth) / columnWidth;
    if (crowded) drawShares(context, lane, palette, box); else drawRuns(context, lane, x, palette, box);
  }

  function draw() {
    const width = canvas.clientWidth, height = axisHeight + data.rows.length * rowHeight + 4;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = height + 'px';
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext('2d'), palette = colours();
    context.scale(ratio, ratio);
    context.font = '11px system-ui, sans-serif';
    const x = (time) => labelWidth + (time - from) / (to - from) * (width - labelWidth);
    context.strokeStyle = palette.line;
    context.fillStyle = palette.text;
    const tick = step(to - from);
    for (let t = Math.ceil(from / tick) * tick; t <= to; t += tick) {
      context.beginPath();
      context.moveTo(x(t), axisHeight - 4);
      context.lineTo(x(t), height);
      context.stroke();
      if (x(t) < width - 40) context.fillText(seconds(t), x(t) + 3, 12);
    }
    data.rows.forEach((name, row) => {
      context.fillStyle = palette.text;
      context.fillText('rank ' + name, 4, axisHeight + row * rowHeight + 14);
    });
    for (const lane of data.lanes) drawLane(context, lane, x, palette);
    range.textContent = seconds(from) + ' to ' + seconds(to);
  }

  function show(begin, end) {
    const shortest = data.tick * 20;
    let span = Math.min(data.end, Math.max(shortest, end - begin));
    from = Math.max(0, Math.min(begin, data.end - span));
    to = from + span;
    requestAnimationFrame(draw);
  }
  const zoom = (factor, centre = (from + to) / 2) => show(centre - (centre - from) * factor, centre + (to - centre) * factor);
  const move = (share) => show(from + (to - from) * share, to + (to - from) * share);
  const timeAt = (event) => {
    const box = canvas.getBoundingClientRect();
    return from + (event.clientX - box.left - labelWidth) / (box.width - labelWidth) * (to - from);
  };

  function describe(event) {
    const y = event.clientY - canvas.getBoundingClientRect().top - axisHeight, row = Math.floor(y / rowHeight);
    const side = y - row * rowHeight > mainHeight + 1, time = timeAt(event);
    const lane = data.lanes.find((l) => l.row === row && l.side === side);
    const i = lane ? firstAfter(lane, time) : -1;
    if (!lane || i >= lane.begin.length || lane.begin[i] > time) { under.textContent = ''; return; }
    under.textContent = 'rank ' + data.rows[row] + ': ' + data.kinds[lane.kind[i]].name + ', ' + seconds(lane.begin[i]) + ' to ' +
        seconds(lane.end[i]) + ' (' + seconds(lane.end[i] - lane.begin[i]) + ')';
  }

  canvas.addEventListener('pointerdown', (event) => {
    drag = {time: timeAt(event), from, to};
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (drag) show(from + drag.time - timeAt(event), to + drag.time - timeAt(event));
    else describe(event);
  });
  canvas.addEventListener('pointerup', () => { drag = null; });
  canvas.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;  // Plain turns scroll the page.
    event.preventDefault();
    zoom(event.deltaY + event.deltaX > 0 ? 1.25 : 0.8, timeAt(event));
  }, {passive: false});
  canvas.addEventListener('dblclick', (event) => zoom(0.25, timeAt(event)));
  canvas.addEventListener('keydown', (event) => {
    const actions = {ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2), '+': () => zoom(0.5), '=': () => zoom(0.5),
                     '-': () => zoom(2), '0': () => show(0, data.end)};
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  });
  document.getElementById('closer').addEventListener('click', () => zoom(0.5));
  document.getElementById('wider').addEventListener('click', () => zoom(2));
  document.getElementById('whole').addEventListener('click', () => show(0, data.end));
  window.addEventListener('resize', draw);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
})();
