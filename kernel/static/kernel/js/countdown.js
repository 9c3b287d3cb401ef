// What is left until data-until (ISO with offset), by the server's clock in data-now; the server wrote the first text.
import { all, say } from "./say.js";

export function startCountdowns() {
  all("[data-until]").forEach((box) => {
    const skew = Date.parse(box.dataset.now) - Date.now(), out = box.querySelector("[data-left]");
    if (!out || Number.isNaN(skew)) return;
    const tick = () => {
      const left = Math.max(0, Date.parse(box.dataset.until) - (Date.now() + skew));
      const d = Math.floor(left / 864e5), h = Math.floor(left / 36e5) % 24, m = Math.floor(left / 6e4) % 60;
      out.textContent = left === 0 ? say("over") : d > 0 ? say("days", { d, h }) : say("hours", { h, m });
    };
    tick(); setInterval(tick, 30000);
  });
}
