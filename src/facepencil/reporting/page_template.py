"""The page's HTML, style and script: one file that works offline."""

HTML = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>@TITLE@</title>
<style>@STYLE@</style>
</head>
<body>
<header><h1>@TITLE@</h1><p id="hint">Click a heading to sort, a row to open it.
Bold: no other row can be said to be as good.</p></header>
<main>
<section aria-labelledby="scores">
<h2 id="scores">Scores</h2>
<p><label>Deformation of the test sketches, d
<select id="level"></select></label>
<label><input type="checkbox" id="intervals"> intervals</label></p>
<div class="wide" tabindex="0" role="region" aria-label="Scores, scrollable">
<table id="table"><thead></thead><tbody></tbody></table></div>
<p class="note">@NOTE@</p>
</section>
<section id="detail" aria-live="polite" hidden></section>
<section aria-labelledby="beside">
<h2 id="beside">Two rows, the same photos</h2>
<p><label>left <select id="left"></select></label>
<label>right <select id="right"></select></label>
<label>d <select id="pairlevel"></select></label></p>
<div class="wide"><div id="pair" class="faces"></div></div>
</section>
<section aria-labelledby="figures"><h2 id="figures">Figures</h2><div id="plots"></div></section>
</main>
<footer><p>Photos belong to their owners and are shown under the terms of their data set; this page
is a local result, not for publication where these forbid it.</p></footer>
<script id="data" type="application/json">@DATA@</script>
<script>@SCRIPT@</script>
</body>
</html>
"""

STYLE = """
:root{color-scheme:light dark;--line:#ccc;--soft:#f3f3f3;--mark:#0072B2;--ink:#1a1a1a;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--line:#444;--soft:#262626;--mark:#6db6e8;--ink:#eee;
--paper:#161616}}
*{box-sizing:border-box}
body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:1400px;padding:1rem}
h1{margin:.2rem 0}h2{margin:1.6rem 0 .4rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child,th:nth-child(2),td.text{text-align:left}
tbody th{font-weight:600;position:sticky;left:0;background:var(--paper)}
thead button{font:inherit;font-weight:600;background:none;border:0;color:inherit;cursor:pointer;
padding:0}
tbody tr{cursor:pointer}tbody tr.reference{cursor:default;font-style:italic}tbody tr:hover,tbody tr.open{background:var(--soft)}
button:focus-visible,tr:focus-visible,select:focus-visible{outline:2px solid var(--mark)}
.marks{color:var(--mark);font-size:.8rem;margin-left:.3rem}
.gap{display:block;font-size:.75rem;opacity:.75}
.note{font-size:.85rem;max-width:75rem}
label{margin-right:1rem}select{font:inherit}
#detail{border:1px solid var(--line);border-radius:.5rem;padding:0 1rem 1rem;margin-top:1rem}
.faces{display:grid;gap:4px;width:max-content}
.faces img{width:112px;height:112px;display:block}
.faces span{font-size:.8rem;align-self:end}
figure{margin:1rem 0}figure img{max-width:100%;height:auto;background:#fff}
figcaption{font-size:.85rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}
dd{margin:0;overflow-wrap:anywhere}
svg text{font-size:10px;fill:var(--ink)}
@media(max-width:600px){.faces img{width:76px;height:76px}dl{grid-template-columns:1fr}}
"""

SCRIPT = """
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const make = (tag, text, attributes = {}) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const sorted = {column: null, up: true};
const score = (row, metric, level) => data.scores[row][metric]?.[level];
const columns = () => [
  {name: 'row', value: r => r.name},
  {name: 'differs in', value: r => r.note},
  ...data.metrics.map(m => ({name: m.name + (m.better === 'low' ? ' \\u2193' : ' \\u2191'),
    metric: m, value: r => score(r.name, m.name, $('level').value).value})),
  {name: 'CPU min', value: r => r.cpu_minutes, digits: 1},
  {name: 'photos/s', value: r => r.photos_per_second, digits: 1},
];
function table() {
  const head = make('tr'), body = $('table').tBodies[0];
  const every = columns();
  every.forEach((column, place) => {
    const cell = make('th', undefined, {scope: 'col'});
    if (sorted.column === place) cell.setAttribute('aria-sort', sorted.up ? 'ascending' : 'descending');
    const button = make('button', column.name + (sorted.column === place ? (sorted.up ? ' \\u25b2' : ' \\u25bc') : ''));
    if (column.metric) button.title = column.metric.meaning;
    button.onclick = () => {
      sorted.up = sorted.column === place ? !sorted.up : true;
      sorted.column = place; table();
    };
    cell.append(button); head.append(cell);
  });
  $('table').tHead.replaceChildren(head);
  const rows = [...data.rows];
  if (sorted.column !== null) {
    const key = every[sorted.column].value;
    rows.sort((a, b) => (key(a) > key(b) ? 1 : key(a) < key(b) ? -1 : 0) * (sorted.up ? 1 : -1));
  }
  const others = data.references.map(name => ({name, note: 'no model', reference: true}));
  body.replaceChildren(...[...rows, ...others].map(row => line(row, every)));
}
function line(row, every) {
  const tr = make('tr', undefined, row.reference ? {class: 'reference'} : {tabindex: 0});
  if (row.name === opened) tr.className = 'open';
  if (!row.reference) tr.onclick = () => open(row.name);
  if (!row.reference) tr.onkeydown = e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); open(row.name); } };
  every.forEach((column, place) => {
    if (!column.metric) {
      const value = row.reference && column.digits !== undefined ? '' : column.value(row);
      const cell = make(place ? 'td' : 'th', column.digits === undefined || value === '' ? value : value.toFixed(column.digits));
      if (!place) cell.scope = 'row'; else if (place === 1) cell.className = 'text';
      tr.append(cell); return;
    }
    const found = score(row.name, column.metric.name, $('level').value);
    const cell = make('td');
    tr.append(cell);
    if (!found) return;
    cell.append(make(found.best ? 'strong' : 'span', shown(found.value, column.metric)));
    cell.append(make('span', found.letters, {class: 'marks'}));
    if ($('intervals').checked)
      cell.append(make('span', `[${shown(found.low, column.metric)}, ${shown(found.high, column.metric)}]`, {class: 'gap'}));
  });
  return tr;
}
const shown = (value, metric) => value.toFixed(metric.decimals);
let opened = null;
function open(name) {
  opened = opened === name ? null : name; table();
  const detail = $('detail'); detail.hidden = !opened; detail.replaceChildren();
  if (!opened) return;
  const row = data.rows.find(r => r.name === name);
  detail.append(make('h2', name));
  const list = make('dl');
  const fact = (key, value) => list.append(make('dt', key), make('dd', value));
  fact('differs in', row.note || 'nothing: as params.yaml says');
  for (const [key, value] of Object.entries(row.overrides)) fact(key, value);
  fact('cost', `${row.cpu_minutes.toFixed(1)} CPU minutes a model, ${row.photos_per_second.toFixed(1)} photos a second and core, ${row.processor}`);
  row.models.forEach((sha, place) => fact(place ? '' : 'MLflow run', `tags.model_sha256 = '${sha}'`));
  detail.append(list, make('h3', 'Faces'), faces([name], data.levels));
  detail.append(make('h3', 'Validation'), curve(name));
  detail.scrollIntoView({block: 'nearest'});
}
function faces(names, levels) {
  const grid = make('div', undefined, {class: 'faces'});
  grid.style.gridTemplateColumns = `max-content repeat(${data.ids.length}, max-content)`;
  const put = (label, sources, alt) => {
    grid.append(make('span', label));
    sources.forEach((src, n) => grid.append(make('img', undefined, {src, alt: `${alt}, face ${n + 1}`, loading: 'lazy'})));
  };
  if (data.photos.length) put('photo', data.photos, 'photo');
  for (const level of levels) {
    put(`sketch, d = ${level}`, data.sketches[level], `sketch at d = ${level}`);
    for (const name of names) put(names.length > 1 ? name : 'painted', data.painted[name][level], `painted by ${name}`);
  }
  const box = make('div', undefined, {class: 'wide'}); box.append(grid); return box;
}
function curve(name) {
  const lines = data.curves[name];
  if (!Object.keys(lines).length) return make('p', 'no validation photos');
  const every = Object.values(lines).flat(2), xs = every.map(p => p[0]), ys = every.map(p => p[1]);
  const [x1, y0, y1] = [Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const ns = 'http://www.w3.org/2000/svg', svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('viewBox', '0 0 460 200'); svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `validation LPIPS of ${name} by photos seen, ${y1.toFixed(3)} to ${y0.toFixed(3)}`);
  svg.style.maxWidth = '640px'; svg.style.width = '100%';
  const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7'];
  const at = (x, y) => `${50 + 330 * x / x1},${170 - 150 * (y - y0) / (y1 - y0 || 1)}`;
  const text = (x, y, words, colour) => { const t = document.createElementNS(ns, 'text');
    t.setAttribute('x', x); t.setAttribute('y', y); t.textContent = words; if (colour) t.style.fill = colour; svg.append(t); };
  Object.entries(lines).forEach(([label, seeds], n) => { seeds.forEach(points => {
    const p = document.createElementNS(ns, 'polyline'); p.setAttribute('fill', 'none');
    p.setAttribute('stroke', colours[n % 4]); p.setAttribute('points', points.map(q => at(...q)).join(' ')); svg.append(p); });
    text(390, 30 + 14 * n, label, colours[n % 4]); });
  text(4, 24, y1.toFixed(3)); text(4, 174, y0.toFixed(3)); text(300, 192, `${x1} photos seen`);
  return svg;
}
function pair() {
  const names = [$('left').value, $('right').value];
  $('pair').replaceWith(Object.assign(faces(names, [$('pairlevel').value]), {id: 'pair'}));
}
for (const level of data.levels) for (const id of ['level', 'pairlevel'])
  $(id).append(make('option', level));
$('level').value = data.level; $('pairlevel').value = data.levels[data.levels.length - 1];
for (const row of data.rows) for (const id of ['left', 'right']) $(id).append(make('option', row.name));
$('right').selectedIndex = Math.min(1, data.rows.length - 1);
$('level').onchange = $('intervals').onchange = table;
for (const id of ['left', 'right', 'pairlevel']) $(id).onchange = pair;
for (const [src, caption] of data.figures) {
  const figure = make('figure');
  figure.append(make('img', undefined, {src, alt: caption, loading: 'lazy'}), make('figcaption', caption));
  $('plots').append(figure);
}
table(); pair();
"""
