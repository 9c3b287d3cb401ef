// A form that saves itself: <form data-autosave="url" data-version="3" data-key="application-17-budget">.
// It posts the whole form five seconds after a change, when the page is hidden and when the window loses the focus. The answer is JSON:
// 200 {version, saved} · 401 signed out · 409 {merge} · 422 {fields}: field → what is wrong, as in every answer of the house. Until the server has it, the text also lies in this browser, by form and user.
import { signedIn } from "./again.js";
import { all, fill, say } from "./say.js";

const PAUSE = 5000, RETRY = 15000, KEPT = 7 * 864e5;
const clock = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
const storage = {
  get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or off: the server's copy must do */ } },
  drop: (key) => { try { localStorage.removeItem(key); } catch { /* as above */ } },
};

class Draft {
  constructor(form) {
    this.form = form;
    this.key = `yl-draft:${document.body.dataset.user ?? ""}:${form.dataset.key}`;
    this.out = document.querySelector("[data-save-state] span");
    this.changes = 0; this.sent = 0; this.busy = false; this.timer = null; this.stopped = false;
    const note = () => { this.changes += 1; this.keep(); this.tell(say("unsaved")); this.later(PAUSE); };
    form.addEventListener("input", note);
    form.addEventListener("change", note);
    form.addEventListener("submit", () => { this.stopped = true; this.keep(true); });
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.send(true); });
    window.addEventListener("blur", () => this.send());
    window.addEventListener("online", () => this.send());
    window.addEventListener("pageshow", () => { this.stopped = false; });
    this.offer();
    // Somebody was quicker than this script: what stands there by now is not what came from the server
    if (all("textarea, input[type=text]", form).some((field) => field.value !== field.defaultValue)) note();
  }

  // What may lie in this browser: no token, no password, no file.
  fields() {
    const secret = new Set(["csrf_token", "form_key", "version", ...all("input[type=password]", this.form).map(({ name }) => name)]);
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && !secret.has(name));
  }

  keep(handedIn = false) { storage.set(this.key, { time: Date.now(), version: this.form.dataset.version, handedIn, fields: this.fields() }); }

  later(pause) { clearTimeout(this.timer); this.timer = setTimeout(() => this.send(), pause); }

  tell(text) { if (this.out) { this.out.textContent = text; this.out.parentElement.classList.toggle("is-idle", text === ""); } }

  async send(leaving = false) {
    if (this.busy || this.stopped || this.changes === this.sent) return;
    this.busy = true;
    const upTo = this.changes, body = new FormData(this.form);
    [...body].forEach(([name, value]) => { if (typeof value !== "string") body.delete(name); });
    all("input[type=password]", this.form).forEach(({ name }) => body.delete(name));
    body.set("version", this.form.dataset.version);
    this.tell(say("saving"));
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST", body, keepalive: leaving, redirect: "manual", credentials: "same-origin",
        headers: { "X-Autosave": "1", Accept: "application/json" },
      });
      await this.read(answer, upTo);
    } catch { this.banner("warn", say("offline")); this.tell(say("unsaved")); this.later(RETRY); }
    this.busy = false;
    if (this.changes > this.sent && !this.stopped) this.later(RETRY);
  }

  async read(answer, upTo) {
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
      const back = encodeURIComponent(location.pathname + location.search);
      this.stopped = true; this.tell(say("unsaved"));
      if (answer.status === 401 && await signedIn().catch(() => false)) { this.stopped = false; return this.later(0); }
      return this.banner("warn", say("signedOut"), [[document.body.dataset.sayAgain || "→", () => { location.href = `/login/?next=${back}`; }]]);
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.status === 409) return this.conflict(told);
    if (answer.status === 422 && told.fields?.form) { // the form as a whole is not taken, and will not be: the sentence says why
      this.stopped = true; this.tell(say("unsaved"));
      return this.banner("bad", told.fields.form.join(" "));
    }
    if (answer.status === 422) { this.sent = upTo; this.clear(); return this.tell(say("refused", { n: Object.keys(told.fields ?? {}).length || 1 })); }
    if (!answer.ok) throw new Error(String(answer.status));
    this.sent = upTo;
    if (told.version !== undefined) {
      this.form.dataset.version = String(told.version);
      all("input[name=version]", this.form).forEach((field) => { field.value = String(told.version); });
    }
    if (this.changes === upTo) storage.drop(this.key); else this.keep();
    this.clear();
    this.tell(say("saved", { time: told.saved ?? clock(Date.now()) }));
  }

  // The whole text goes to the page that shows both versions; nothing typed is thrown away.
  conflict(told) {
    this.stopped = true;
    this.tell(say("unsaved"));
    this.banner("warn", say("conflict"), [[say("merge"), () => { if (told.merge) this.form.action = told.merge; this.form.noValidate = true; this.form.requestSubmit(); }]]);
  }

  // A text that an earlier page could not save: taken over only when the person says so.
  offer() {
    const kept = storage.get(this.key);
    if (!kept) return;
    const same = JSON.stringify(kept.fields) === JSON.stringify(this.fields());
    // A newer version on the server is this text only if the whole form was sent: an answer that was lost says nothing of what was typed after it.
    const taken = kept.handedIn && Number(kept.version) < Number(this.form.dataset.version);
    if (same || taken || Date.now() - kept.time > KEPT) { storage.drop(this.key); return; }
    this.banner("info", say("restored", { time: clock(kept.time) }), [
      [say("restore"), () => { this.restore(kept.fields); this.clear(); }],
      [say("forget"), () => { storage.drop(this.key); this.clear(); }],
    ]);
  }

  restore(fields) {
    const values = new Map();
    fields.forEach(([name, value]) => values.set(name, [...(values.get(name) ?? []), value]));
    all("input[name], textarea[name], select[name]", this.form).forEach((field) => {
      if (["csrf_token", "form_key", "version"].includes(field.name) || field.type === "file" || field.type === "password") return;
      const kept = values.get(field.name);
      if (field.type === "checkbox" || field.type === "radio") field.checked = kept?.includes(field.value) ?? false;
      else if (kept?.length) field.value = kept.shift();
    });
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }

  clear() { this.form.querySelector("[data-save-banner]")?.remove(); }

  banner(tone, text, deeds = []) {
    this.clear();
    const box = document.createElement("div"), line = document.createElement("p");
    box.className = `yl-note is-${tone} yl-save-banner mb-3`; box.dataset.saveBanner = ""; box.setAttribute("role", "status");
    line.textContent = fill(text); box.append(line);
    deeds.forEach(([label, deed]) => {
      const button = document.createElement("button");
      button.type = "button"; button.className = "btn btn-quiet btn-sm"; button.textContent = label;
      button.addEventListener("click", deed); box.append(button);
    });
    this.form.prepend(box);
  }
}

export function startAutosave() { all("form[data-autosave]").forEach((form) => new Draft(form)); }
