// Choosing rows of a register: the bar appears and says how many.
import { all } from "./say.js";

export function startBulk() {
  all("[data-bulk]").forEach((form) => {
    const bar = form.querySelector("[data-bulk-bar]"), count = form.querySelector("[data-picked]"), every = form.querySelector("[data-pick-all]");
    const boxes = all("tbody input[type=checkbox]", form);
    if (!bar || boxes.length === 0) return;
    const show = () => {
      const picked = boxes.filter((box) => box.checked).length;
      boxes.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
      bar.toggleAttribute("data-idle", picked === 0);
      count.textContent = picked;
      if (every) { every.checked = picked === boxes.length; every.indeterminate = picked > 0 && picked < boxes.length; }
    };
    const set = (checked) => { boxes.forEach((box) => { box.checked = checked; }); show(); };
    form.addEventListener("change", ({ target }) => (target === every ? set(every.checked) : show()));
    all("[data-pick-none]", form).forEach((button) => button.addEventListener("click", () => { set(false); every?.focus(); }));
    window.addEventListener("pageshow", show);
    show();
  });
}
