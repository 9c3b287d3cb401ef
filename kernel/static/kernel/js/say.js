// The words of the page's language, written by the server into data-say-… of <body>: say("saved", { time: "10:18" }).
// What counts holds two forms, of one | of many.
const formOf = (text, { count, n }) => text.split("|").at((count ?? n) === 1 ? 0 : -1);
export const fill = (text, values = {}) => formOf(text, values).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
export const say = (name, values) => fill(document.body.dataset[`say${name[0].toUpperCase()}${name.slice(1)}`] ?? "", values);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
