// A part of the page that tells how far a long work is: asked for again until it is over, then the page comes anew.
import { all } from "./say.js";

const EVERY = 1500;

const watch = (part) => {
  const look = async () => {
    try {
      const answer = await fetch(part.dataset.poll, { credentials: "same-origin", cache: "no-store", redirect: "manual" });
      if (answer.ok) {
        if (answer.headers.get("X-Over")) { location.reload(); return; }
        part.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.children);
      }
    } catch { /* the network is away for a moment */ }
    setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
};

export const startPolling = () => all("[data-poll]").forEach(watch);
