// The search of the frame as one types: <form data-search="/search/found"> becomes a combobox with a list of what is found.
// The answer is JSON: {told, groups: [{title, hits: [{name, number, hint, url}], all: {name, url}}]}. Without a script, or at Enter
// with nothing chosen, the form opens the page of the search.
import { all } from "./say.js";

const PAUSE = 180, SHORTEST = 2;
const make = (tag, attributes = {}, text = "") => {
  const node = document.createElement(tag);
  Object.entries(attributes).forEach(([name, value]) => node.setAttribute(name, value));
  node.textContent = text;
  return node;
};

class Finder {
  constructor(form) {
    this.form = form;
    this.field = form.querySelector("input");
    this.list = make("div", { class: "yl-finds", id: `${this.field.id}-list`, role: "listbox", "aria-label": this.field.labels[0].textContent, hidden: "" });
    this.told = make("p", { class: "visually-hidden", role: "status" });
    form.append(this.list, this.told);
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id })
      .forEach(([name, value]) => this.field.setAttribute(name, value));
    this.options = []; this.at = -1; this.timer = null; this.asked = null;
    this.field.addEventListener("input", () => this.later());
    this.field.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("focusout", ({ relatedTarget }) => { if (!form.contains(relatedTarget)) this.close(); });
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", ({ target, metaKey, ctrlKey }) => {
      const option = target.closest("[role=option]");
      if (option) this.go(option, metaKey || ctrlKey);
    });
  }

  later() {
    clearTimeout(this.timer);
    this.asked?.abort();
    if (this.field.value.trim().length < SHORTEST) return this.close();
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const mine = this.asked = new AbortController();
    try {
      const answer = await fetch(`${this.form.dataset.search}?q=${encodeURIComponent(this.field.value)}`, { signal: mine.signal, redirect: "manual" });
      if (answer.ok && mine === this.asked) this.show(await answer.json());
    } catch { /* overtaken by the next letter, or offline: Enter still opens the page */ }
  }

  show({ told, groups }) {
    this.options = []; this.at = -1;
    this.list.replaceChildren(...groups.map((group, number) => this.group(group, number)));
    if (groups.length === 0) this.list.append(make("p", { class: "yl-finds-none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, told));
    this.told.textContent = told;
    this.open(true);
  }

  group({ title, hits, all: rest }, number) {
    const key = `${this.list.id}-${number}`, box = make("div", { role: "group", "aria-labelledby": key });
    box.append(make("div", { class: "yl-finds-kind", id: key, role: "presentation" }, title));
    hits.forEach((hit) => box.append(this.option(hit)));
    if (rest.name) box.append(this.option(rest, " is-all"));
    return box;
  }

  option({ name, number = "", hint = "", url }, look = "") {
    const option = make("div", { role: "option", id: `${this.list.id}-o${this.options.length}`, "aria-selected": "false", class: `yl-find${look}`, "data-url": url });
    option.append(make("span", {}, name || number));
    if (number && name) option.append(" ", make("span", { class: "yl-code" }, number));
    if (hint) option.append(" ", make("small", {}, hint));
    this.options.push(option);
    return option;
  }

  open(is) {
    this.list.hidden = !is;
    this.field.setAttribute("aria-expanded", String(is));
    if (!is) this.choose(-1);
  }

  close() { clearTimeout(this.timer); this.open(false); this.told.textContent = ""; }

  choose(at) {
    this.options[this.at]?.setAttribute("aria-selected", "false");
    this.at = at;
    const option = this.options[at];
    if (!option) { this.field.removeAttribute("aria-activedescendant"); return; }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", option.id);
  }

  key(event) {
    const many = this.options.length, isOpen = !this.list.hidden;
    if (event.isComposing) return; // a Chinese input method is choosing characters with the same keys
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && many) {
      event.preventDefault();
      if (!isOpen) this.open(true);
      // One place more than there are options: the field itself stands between the last and the first.
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.choose(((this.at + 1 + step + many + 1) % (many + 1)) - 1);
    } else if (event.key === "Enter" && isOpen && this.at >= 0) {
      event.preventDefault(); this.go(this.options[this.at], event.ctrlKey || event.metaKey);
    } else if (event.key === "Escape" && isOpen && !this.form.closest("dialog")) {
      event.preventDefault(); event.stopPropagation(); this.close();
    }
  }

  go(option, apart) {
    if (apart) window.open(option.dataset.url, "_blank", "noopener"); else location.assign(option.dataset.url);
  }
}

export function startSearch() {
  all("form[data-search]").forEach((form) => new Finder(form));
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const field = all("form[data-search] input").find((input) => input.offsetParent), opener = document.querySelector("[data-open=search-box]");
    if (!field && !opener) return;
    event.preventDefault();
    if (field) { field.focus(); field.select(); } else opener.click();
  });
}
