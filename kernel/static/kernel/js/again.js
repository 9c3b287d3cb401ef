// A session that is over loses nothing: who types is kept signed in; who sends a form after the end signs in again in a
// dialog above it, and the same form is sent with the new session's token. The server says who is here: /login/again.
import { all, say } from "./say.js";

const ADDRESS = "/login/again", WARNING = 60;
const { user, account = "", idle } = document.body.dataset;
let asking = null, typed = false, timer = null;

async function whoIsHere() {
  const answer = await fetch(ADDRESS, { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const told = await answer.json();
  if (String(told.user) === user) { all("input[name=csrf_token]").forEach((field) => { field.value = told.token; }); rest(); }
  return told;
}

// Resolves to whether this page's own person is signed in: at once, or after the dialog.
export function signedIn() {
  asking ??= whoIsHere().then((told) => String(told.user) === user || ask(told)).finally(() => { asking = null; });
  return asking;
}

function ask({ dialog: markup }) {
  if (!markup) { location.reload(); return false; } // somebody else signed in in this browser
  document.body.append(document.createRange().createContextualFragment(markup));
  const dialog = document.getElementById("sign-in-again"), form = dialog.querySelector("form");
  const before = document.activeElement;
  form.elements.username.value = account;
  dialog.showModal();
  return new Promise((resolve) => {
    let came = false;
    dialog.querySelector("[data-again-leave]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); resolve(came); });
    form.addEventListener("submit", async (event) => {
      event.preventDefault(); event.stopPropagation();
      came = await tryOnce(dialog, form).catch(() => { tell(dialog, say("offline")); return false; });
      if (came) dialog.close();
    });
  });
}

async function tryOnce(dialog, form) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const answer = await fetch(ADDRESS, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { Accept: "application/json" } });
    if (answer.ok) return String((await whoIsHere()).user) === user;
    const told = await answer.json().catch(() => ({}));
    tell(dialog, told.problem ?? say("offline"));
    const code = dialog.querySelector("[data-again-code]");
    if (told.wants_code) code.hidden = false;
    (told.wants_code ? form.elements.code : form.elements.password).focus();
    return false;
  } finally { button.disabled = false; }
}

function tell(dialog, text) {
  const line = dialog.querySelector("[data-again-problem]");
  line.textContent = text; line.hidden = false;
}

// Each form asks first whether somebody is still here; without an answer the browser itself says that it is offline
const passed = new WeakSet(), waiting = new WeakSet();
async function check(event) {
  const form = event.target;
  if (form.getAttribute("method") !== "post" || form.matches("[data-again], [data-door], [action='/logout/']") || passed.delete(form)) return;
  event.preventDefault(); event.stopImmediatePropagation();
  if (waiting.has(form)) return;
  waiting.add(form);
  const { submitter } = event;
  const here = await signedIn().catch(() => true);
  waiting.delete(form);
  if (here) { passed.add(form); form.requestSubmit(submitter); }
}

// Shortly before the end: whoever typed stays, whoever did not is asked
function rest() {
  clearTimeout(timer); typed = false;
  if (Number(idle) > 2 * WARNING) timer = setTimeout(() => (typed ? signedIn().catch(() => {}) : warn()), (Number(idle) - WARNING) * 1000);
}

function warn() {
  const dialog = document.createElement("dialog"), text = document.createElement("p"), button = document.createElement("button");
  dialog.className = "yl-dialog"; dialog.setAttribute("aria-label", say("idle"));
  const body = document.createElement("div"), foot = document.createElement("div");
  body.className = "yl-dialog-body"; foot.className = "yl-dialog-foot";
  text.textContent = say("idle");
  button.type = "button"; button.className = "btn btn-primary"; button.textContent = say("stay"); button.autofocus = true;
  body.append(text); foot.append(button); dialog.append(body, foot); document.body.append(dialog);
  button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { dialog.remove(); signedIn().catch(() => {}); });
  dialog.showModal();
}

export function startAgain() {
  document.addEventListener("submit", check, true);
  document.addEventListener("input", () => { typed = true; });
  rest();
}
