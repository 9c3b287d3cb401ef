// Typed tables that grow: <div data-rows data-next="5" data-most="40" data-paste-…="words of the report"> holds the table, a <template data-row> with __n__ for the
// number of the next row and __m__ for its place among the rows, and [data-more-rows]. Rows of a spreadsheet are pasted into a cell: with data-words as a sheet of
// money, else by the headings of the columns.
import { all } from "./say.js";

export function addRow(holder) {
  const pattern = holder.querySelector("template[data-row]") ?? holder.parentElement.querySelector("template[data-row]");
  if (!pattern) return null;
  const body = (holder.matches("table") ? holder : holder.querySelector("table")).tBodies[0];
  const number = Number(holder.dataset.next ?? body.rows.length), place = body.rows.length + 1;
  holder.dataset.next = String(number + 1);
  const made = document.createElement("tbody");
  made.append(pattern.content.cloneNode(true));
  made.querySelectorAll("*").forEach((node) => [...node.attributes].forEach((attribute) => {
    if (/__[nm]__/.test(attribute.value)) node.setAttribute(attribute.name, attribute.value.replaceAll("__n__", String(number)).replaceAll("__m__", String(place)));
  }));
  const row = made.firstElementChild;
  body.append(row);
  return row;
}

// A single value is pasted as the browser does it.
export const isSheet = (text) => /[\t\n]/.test(text.trim());

function paste(holder, event) {
  const text = event.clipboardData?.getData("text/plain") ?? "", field = event.target.closest("input, select");
  if (!field || !isSheet(text)) return;
  event.preventDefault();
  const changed = () => holder.dispatchEvent(new Event("input", { bubbles: true }));
  import("./paste.js").then(({ pasteSheet }) => pasteSheet(holder, field, text, { addRow, changed }));
}

export function startRows() {
  all("[data-rows]").forEach((holder) => {
    holder.addEventListener("paste", (event) => paste(holder, event));
    holder.querySelector("[data-more-rows]")?.addEventListener("click", () => {
      if (all("tbody tr", holder).length < Number(holder.dataset.most)) addRow(holder)?.querySelector("input, select")?.focus();
    });
  });
}
