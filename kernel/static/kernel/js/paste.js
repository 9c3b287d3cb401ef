// Rows of a spreadsheet (Excel, WPS) put into a table of money. What stands in a sheet is read by the words of its heads, not by their order;
// without heads the cells follow from the one that has the focus. Nothing is overwritten, and what could not be read is told row by row.
// <table data-budget data-words='{"columns": {…}, "heads": {…}, "sums": […]}' data-most="60" data-paste-…="words of the report">
import { cents, plain, yuan } from "./money.js";
import { all, fill } from "./say.js";

const NUMBERS = new Set(["price", "count", "amount"]);
const ORDER = ["head", "text", "price", "count", "unit"];
const TEN_THOUSAND = /万元|10,?000 ?yuan/i;
const bare = (text) => String(text).normalize("NFKC").toLowerCase().replace(/\(.*?\)/g, "").replace(/[\s:/、,.·*-]/g, "");

// Tabs between cells, a line a row; a cell with a tab, a line end or a quote in it stands in quotes.
export function cellsOf(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at], row = rows.at(-1), last = row.length - 1;
    if (quoted) {
      if (sign !== '"') row[last] += sign;
      else if (text[at + 1] === '"') { row[last] += '"'; at += 1; } else quoted = false;
    } else if (sign === '"' && row[last] === "") quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[last] += sign;
  }
  return rows.map((row) => row.map((cell) => cell.replace(/\s+/g, " ").trim()));
}

// The code whose word a cell is, or is nearest to: the longest word that stands in it, or in which it stands.
function named(cell, words) {
  const told = bare(cell);
  if (!told) return null;
  let best = null, length = 0;
  Object.entries(words).forEach(([code, known]) => known.map(bare).forEach((word) => {
    const size = word === told ? 1000 : told.includes(word) && word.length > 1 ? word.length : word.includes(told) && told.length > 1 ? told.length / 2 : 0;
    if (size > length) { best = code; length = size; }
  }));
  return best;
}

function headLine(grid, columns) {
  for (let line = 0; line < Math.min(grid.length, 8); line += 1) {
    const found = grid[line].map((cell) => (cents(cell) === null && cell.length < 16 ? named(cell, columns) : null));
    const told = new Set(found.filter(Boolean));
    if (told.size > 1 && [...NUMBERS].some((name) => told.has(name))) return { line, found, wan: grid[line].map((cell) => TEN_THOUSAND.test(cell)) };
  }
  return null;
}

// 12人月 is 12 and 人月; 3,200元/月 is 3,200; 1.2万 is 12,000.
function numberOf(cell, wan) {
  const found = /^(-?\d+(?:\.\d+)?)(万)?(?:\/?(\D*))$/.exec(plain(cell));
  if (!found) return { value: null, unit: "" };
  const times = wan || found[2] ? 10000n : 1n;
  if (times === 1n) return { value: cents(found[1]), unit: found[3] };
  const [whole, part = ""] = found[1].split(".");
  return { value: part.length > 6 ? null : cents(whole) * times + BigInt(`${whole.startsWith("-") ? "-" : ""}${part.padEnd(6, "0") || 0}`), unit: found[3] };
}

// Gives {rows: [{head, text, price, count, unit}], told: [[what, values]]}; amounts are texts as people write them.
export function readSheet(text, words, from = 0) {
  const grid = cellsOf(text.replace(/\n+$/, "")), head = headLine(grid, words.columns), rows = [], told = [];
  const columns = head ? head.found : [...Array(from).fill(null), ...ORDER].slice(from);
  if (head) grid[head.line].filter((cell, at) => cell && !head.found[at] && !words.left.map(bare).includes(bare(cell))).forEach((cell) => told.push(["column", { text: cell }]));
  if (head?.wan.some(Boolean)) told.push(["wan", {}]);
  let before = null, sums = 0;
  grid.forEach((cells, at) => {
    if ((head && at <= head.line) || cells.every((cell) => !cell)) return;
    if (words.sums.map(bare).includes(bare(cells.find(Boolean)))) { sums += 1; return; }
    const row = {}, raw = {};
    columns.forEach((name, place) => { if (name && cells[place] && !raw[name]) { raw[name] = cells[place]; row[name] = cells[place]; } });
    if (raw.head) {
      row.head = named(raw.head, words.heads);
      if (!row.head) told.push(["head", { row: at + 1, text: raw.head }]);
      before = row.head;
    } else if (head && before) row.head = before; // cells that were joined in the sheet come empty
    readNumbers(row, raw, head, columns, (what, values) => told.push([what, { row: at + 1, ...values }]));
    if (raw.text || raw.price || raw.amount || raw.count || raw.head) rows.push(row);
  });
  if (sums) told.push(["sums", { count: sums }]);
  return { rows, told };
}

function readNumbers(row, raw, head, columns, tell) {
  const read = {};
  [...NUMBERS].filter((name) => raw[name]).forEach((name) => {
    const { value, unit } = numberOf(raw[name], name !== "count" && head?.wan[columns.indexOf(name)]);
    if (value === null || value < 0n) { tell("number", { text: raw[name] }); row[name] = raw[name]; return; }
    read[name] = value;
    row[name] = yuan(value);
    if (name === "count") { row.count = yuan(value).replace(/\.00$/, ""); row.unit ??= unit || undefined; }
  });
  if (read.amount !== undefined && !raw.price) { row.price = yuan(read.amount); row.count = "1"; if (raw.count) tell("lump", {}); }
  if (raw.price && !raw.count) row.count = "1";
  if (read.amount !== undefined && read.price !== undefined) {
    const counted = (read.price * (read.count ?? 100n) + 50n) / 100n;
    if (counted !== read.amount) tell("differs", { amount: yuan(counted), told: yuan(read.amount) });
  }
  delete row.amount;
}

const part = (row, name) => row.querySelector({ head: "[data-head-choice]", text: "[name$='-text']", price: "[data-price]", count: "[data-count]", unit: "[name$='-unit']" }[name]);
const fieldsOf = (row) => all("input:not([type=hidden]):not([type=checkbox]), select", row);

function put(row, values) {
  Object.entries(values).forEach(([name, value]) => {
    const field = part(row, name);
    if (field && value !== undefined && value !== null) field.value = value;
    // What is not known here is to be chosen or corrected, and seen at its row until then
    if (!field || !(value === null || (NUMBERS.has(name) && value && cents(value) === null))) return;
    field.classList.add("is-invalid");
    field.addEventListener("change", () => field.classList.remove("is-invalid"), { once: true });
  });
}

// Fills empty rows from the focused one on, then new ones; gives how many did not fit.
function place(table, start, rows, addRow) {
  const most = Number(table.dataset.most || 60), taken = [];
  let next = start, left = 0;
  rows.forEach((values) => {
    while (next && (!part(next, "price") || part(next, "price").value.trim() || part(next, "text").value.trim())) next = next.nextElementSibling;
    const row = next ?? (all("[data-price]", table).length < most ? addRow(table) : null);
    if (!row) { left += 1; return; }
    put(row, values); taken.push(row); next = row.nextElementSibling;
  });
  return { taken, left };
}

export function pasteSheet(table, field, text, { addRow, changed }) {
  const words = JSON.parse(table.dataset.words), start = field.closest("tr"), known = new Set(all("tbody tr", table));
  const { rows, told } = readSheet(text, words, fieldsOf(start).indexOf(field));
  const before = fieldsOf(table).map((one) => [one, one.value]);
  const { taken, left } = place(table, start, rows, addRow);
  if (left) told.push(["full", { count: left }]);
  changed();
  report(table, taken.length, told, () => {
    before.forEach(([one, value]) => { one.value = value; });
    taken.filter((row) => !known.has(row)).forEach((row) => row.remove());
    changed();
  });
}

function report(table, count, told, undo) {
  const holder = table.closest(".yl-scroll") ?? table, box = document.createElement("div"), line = document.createElement("p"), list = document.createElement("ul"), back = document.createElement("button");
  const word = (name, values) => fill(table.dataset[`paste${name[0].toUpperCase()}${name.slice(1)}`] ?? "", values);
  holder.parentElement.querySelector("[data-pasted]")?.remove();
  box.className = `yl-note is-${told.length ? "warn" : "ok"} mx-3 my-2 d-block`; box.dataset.pasted = ""; box.setAttribute("role", "status");
  line.className = "mb-1"; line.textContent = word("took", { count }); list.className = "mb-1";
  told.forEach(([name, values]) => { const item = document.createElement("li"); item.textContent = word(name, values); list.append(item); });
  back.type = "button"; back.className = "btn btn-quiet btn-sm"; back.textContent = table.dataset.pasteUndo ?? "";
  back.addEventListener("click", () => { box.remove(); undo(); });
  box.append(line, ...(told.length ? [list] : []), back);
  holder.after(box);
}
