// Rows of a spreadsheet (Excel, WPS) put into a typed table. What stands in a sheet is read by the words of its heads, not by their order;
// without heads the cells follow from the one that has the focus. Nothing is overwritten, and what could not be read is told row by row.
// Money: data-words='{"columns": {…}, "heads": {…}, "sums": […]}', with "order" where it differs, "sources" where money has one, "lump" where a line is an amount alone.
// Any other table is read by its own headings. data-most="60" data-paste-…="words of the report"
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
  const columns = head ? head.found : (words.order ?? ORDER).slice(from);
  if (head) grid[head.line].filter((cell, at) => cell && !head.found[at] && !words.left.map(bare).includes(bare(cell))).forEach((cell) => told.push(["column", { text: cell }]));
  if (head?.wan.some(Boolean)) told.push(["wan", {}]);
  const before = {};
  let sums = 0;
  grid.forEach((cells, at) => {
    if ((head && at <= head.line) || cells.every((cell) => !cell)) return;
    if (words.sums.map(bare).includes(bare(cells.find(Boolean)))) { sums += 1; return; }
    const row = {}, raw = {};
    columns.forEach((name, place) => { if (name && cells[place] && !raw[name]) { raw[name] = cells[place]; row[name] = cells[place]; } });
    Object.entries({ head: words.heads, source: words.sources ?? {} }).forEach(([name, known]) => {
      if (raw[name]) {
        row[name] = named(raw[name], known);
        if (!row[name]) told.push([name, { row: at + 1, text: raw[name] }]);
        before[name] = row[name];
      } else if (head && before[name]) row[name] = before[name]; // cells that were joined in the sheet come empty
    });
    readNumbers(row, raw, head, columns, words.lump, (what, values) => told.push([what, { row: at + 1, ...values }]));
    if (raw.text || raw.price || raw.amount || raw.count || raw.head) rows.push(row);
  });
  if (sums) told.push(["sums", { count: sums }]);
  return { rows, told };
}

function readNumbers(row, raw, head, columns, lump, tell) {
  const read = {};
  [...NUMBERS].filter((name) => raw[name]).forEach((name) => {
    const { value, unit } = numberOf(raw[name], name !== "count" && head?.wan[columns.indexOf(name)]);
    if (value === null || value < 0n) { tell("number", { text: raw[name] }); row[name] = raw[name]; return; }
    read[name] = value;
    row[name] = yuan(value);
    if (name === "count") { row.count = yuan(value).replace(/\.00$/, ""); row.unit ??= unit || undefined; }
  });
  if (read.amount !== undefined && !raw.price) { row.price = yuan(read.amount); row.count = "1"; if (raw.count && !lump) tell("lump", {}); }
  if (raw.price && !raw.count) row.count = "1";
  if (read.amount !== undefined && read.price !== undefined) {
    const counted = (read.price * (read.count ?? 100n) + 50n) / 100n;
    if (counted !== read.amount) tell("differs", { amount: yuan(counted), told: yuan(read.amount) });
  }
  if (lump && read.price !== undefined) row.price = yuan(read.amount ?? (read.price * (read.count ?? 100n) + 50n) / 100n);
  if (lump) { row.count = "1"; delete row.unit; }
  delete row.amount;
}

// 2027/3/1, 2027.03.01 and 2027年3月1日 are 2027-03-01.
function dayOf(cell) {
  const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain(cell));
  return found ? `${found[1]}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}` : null;
}

const TICKED = new Set(["是", "有", "√", "✓", "y", "yes", "1", "true"]);

// The place of the column that each heading names; one column is named once.
function columnsOf(cells, columns) {
  const known = Object.fromEntries(columns.map(({ label }, at) => [at, [label]])), taken = new Set();
  return cells.map((cell) => {
    const at = named(cell, known);
    if (at === null || taken.has(at)) return null;
    taken.add(at);
    return Number(at);
  });
}

// A line of headings says one column in its very words, and another one at least nearly: what people write in a cell may hold such a word too.
function headingAt(grid, columns) {
  const labels = columns.map(({ label }) => bare(label)), wanted = Math.min(2, columns.length);
  return grid.slice(0, 8).findIndex((cells) => cells.some((cell) => labels.includes(bare(cell)))
    && columnsOf(cells, columns).filter((one) => one !== null).length >= wanted);
}

// Gives {rows: [[value of each column]], told}; columns are [{label, kind}]: what a table asks, "date", "number", "checkbox" or any text.
export function readRows(text, columns, from = 0) {
  const grid = cellsOf(text.replace(/\n+$/, "")), told = [], rows = [];
  const headAt = headingAt(grid, columns);
  const order = headAt < 0 ? columns.map((_column, at) => at).slice(from) : columnsOf(grid[headAt], columns);
  if (headAt >= 0) grid[headAt].filter((cell, at) => cell && order[at] === null).forEach((cell) => told.push(["column", { text: cell }]));
  grid.forEach((cells, at) => {
    if (at <= headAt || cells.every((cell) => !cell)) return;
    const row = Array(columns.length).fill("");
    cells.forEach((cell, place) => {
      const column = columns[order[place]];
      if (!cell || !column) return;
      row[order[place]] = readCell(cell, column.kind, (what) => told.push([what, { row: at + 1, text: cell }]));
    });
    if (row.some((value) => value !== "" && value !== false)) rows.push(row);
  });
  return { rows, told };
}

function readCell(cell, kind, tell) {
  if (kind === "checkbox") return TICKED.has(bare(cell));
  if (kind === "date") { const day = dayOf(cell); if (!day) tell("day"); return day ?? ""; }
  if (kind === "number" && !/^-?\d+(\.\d+)?$/.test(plain(cell))) tell("number");
  return cell;
}

const PARTS = {
  source: "select[name$='-source']", head: "select[name$='-head']", text: "[name$='-text'], [name$='-content']", price: "[data-price], [data-other]",
  count: "[data-count], [name$='-quantity']", unit: "[name$='-unit']",
};
const part = (row, name) => row.querySelector(PARTS[name]);
const fieldsOf = (row) => all("input:not([type=hidden]):not([type=checkbox]), select", row);

// A table of money: rows are objects by the names of PARTS.
function moneyRows(table, field, text) {
  const words = JSON.parse(table.dataset.words), start = field.closest("tr");
  return {
    ...readSheet(text, words, fieldsOf(start).indexOf(field)),
    isRow: (row) => part(row, "price") !== null,
    isEmpty: (row) => !part(row, "price").value.trim() && !part(row, "text").value.trim(),
    put: (row, values) => Object.entries(values).forEach(([name, value]) => fillIn(part(row, name), value, NUMBERS.has(name))),
  };
}

// Any other table: rows are lists by its columns.
function plainRows(table, field, text) {
  const start = field.closest("tr"), fieldAt = (row, at) => row.cells[at]?.querySelector("input, select");
  const kindOf = (one) => (one?.inputMode === "decimal" ? "number" : one?.type ?? "text");
  const columns = all("thead th", table).map((head, at) => ({ label: head.textContent.trim(), kind: kindOf(fieldAt(start, at)) }));
  return {
    ...readRows(text, columns, field.closest("td, th").cellIndex),
    isRow: (row) => fieldAt(row, 0) !== null && fieldAt(row, 0) !== undefined,
    isEmpty: (row) => fieldsOf(row).every((one) => !one.value.trim()),
    put: (row, values) => values.forEach((value, at) => { const one = fieldAt(row, at); if (typeof value === "boolean") one.checked = value; else if (value !== "") fillIn(one, value, false); }),
  };
}

// What is not known here is to be chosen or corrected, and seen at its row until then.
function fillIn(field, value, isNumber) {
  if (field && value !== undefined && value !== null) field.value = value;
  if (!field || !(value === null || (isNumber && value && cents(value) === null))) return;
  field.classList.add("is-invalid");
  field.addEventListener("change", () => field.classList.remove("is-invalid"), { once: true });
}

// Fills empty rows from the focused one on, then new ones; gives how many did not fit.
function place(table, start, { rows, isRow, isEmpty, put }, addRow) {
  const most = Number(table.dataset.most || 60), taken = [];
  let next = start, left = 0;
  rows.forEach((values) => {
    while (next && !(isRow(next) && isEmpty(next))) next = next.nextElementSibling;
    const row = next ?? (all("tbody tr", table).filter(isRow).length < most ? addRow(table) : null);
    if (!row) { left += 1; return; }
    put(row, values); taken.push(row); next = row.nextElementSibling;
  });
  return { taken, left };
}

const stateOf = (one) => (one.type === "checkbox" ? one.checked : one.value);
const everyField = (table) => all("input:not([type=hidden]), select", table);

export function pasteSheet(table, field, text, { addRow, changed }) {
  const start = field.closest("tr"), known = new Set(all("tbody tr", table));
  const sheet = (table.dataset.words ? moneyRows : plainRows)(table, field, text), { told } = sheet;
  const before = everyField(table).map((one) => [one, stateOf(one)]);
  const { taken, left } = place(table, start, sheet, addRow);
  if (left) told.push(["full", { count: left }]);
  changed();
  report(table, taken.length, told, () => {
    before.forEach(([one, state]) => { if (one.type === "checkbox") one.checked = state; else one.value = state; });
    taken.filter((row) => !known.has(row)).forEach((row) => row.remove());
    changed();
  });
}

function report(table, count, told, undo) {
  const holder = table.querySelector(".yl-scroll") ?? table.closest(".yl-scroll") ?? table, box = document.createElement("div"), line = document.createElement("p"), list = document.createElement("ul"), back = document.createElement("button");
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
