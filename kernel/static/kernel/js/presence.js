// Who else has this record's form open: <p data-presence="url" data-section="budget" hidden> holds what the server tells of colleagues.
// A page tells of itself only while somebody is at it, so that a forgotten window neither looks like a person nor keeps a session alive.
import { all } from "./say.js";

const EVERY = 20, AWAY = 5 * 60000; // seconds, as the server says after the first time; milliseconds

function watch(line) {
  let active = Date.now();
  const note = () => { active = Date.now(); };
  ["input", "pointerdown", "keydown", "scroll", "focus"].forEach((name) => window.addEventListener(name, note, { passive: true, capture: true }));
  const beat = async () => {
    const here = !document.hidden && Date.now() - active < AWAY;
    const after = here ? await tell(line).catch(() => EVERY) : EVERY;
    if (after) setTimeout(beat, after * 1000);
  };
  beat();
}

async function tell(line) {
  const body = new FormData(), token = document.querySelector("input[name=csrf_token]");
  if (!token) return 0;
  body.set("csrf_token", token.value); body.set("section", line.dataset.section);
  const answer = await fetch(line.dataset.presence, { method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-Autosave": "1", Accept: "application/json" } });
  if (!answer.ok) return answer.status === 401 || answer.status >= 500 ? EVERY : 0;
  const { others, same, after } = await answer.json();
  const text = others.join(" · ");
  if (line.querySelector("span").textContent !== text) line.querySelector("span").textContent = text;
  line.hidden = others.length === 0;
  line.classList.toggle("is-warn", same);
  return after; // nothing where nobody else belongs to the organization
}

export const startPresence = () => all("[data-presence]").forEach(watch);
