// Choosing rows of a register, or all that match on other pages too: the bar appears and says how many.
import { all } from "./say.js";

export function startBulk() {
  all("[data-bulk]").forEach((form) => {
    const bar = form.querySelector("[data-bulk-bar]"), count = form.querySelector("[data-picked]"), every = form.querySelector("[data-pick-all]");
    const beyond = form.querySelector("[data-pick-every]");
    const boxes = all("tbody input[type=checkbox]", form);
    if (!bar || boxes.length === 0) return;
    const show = () => {
      const picked = boxes.filter((box) => box.checked).length;
      boxes.forEach((box) => box.closest("tr").classList.toggle("is-picked", box.checked));
      bar.toggleAttribute("data-idle", picked === 0);
      if (beyond && picked < boxes.length) beyond.checked = false;
      count.textContent = beyond?.checked ? beyond.dataset.pickEvery : picked;
      if (every) { every.checked = picked === boxes.length; every.indeterminate = picked > 0 && picked < boxes.length; }
    };
    const set = (checked) => { boxes.forEach((box) => { box.checked = checked; }); show(); };
    form.addEventListener("change", ({ target }) => {
      if (target === every) set(every.checked);
      else if (target === beyond && beyond.checked) set(true);
      else show();
    });
    all("[data-pick-none]", form).forEach((button) => button.addEventListener("click", () => { set(false); every?.focus(); }));
    window.addEventListener("pageshow", show);
    show();
  });
}
