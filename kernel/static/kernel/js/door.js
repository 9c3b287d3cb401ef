// At the door: a link's code stands after the # of the address, where no server and no log sees it; recovery codes become a file.
import { all } from "./say.js";

export function takeLink() {
  const field = document.querySelector("form[data-door] input[name=token]");
  if (!field || location.hash.length < 2) return;
  field.value = location.hash.slice(1);
  field.closest(".yl-field").hidden = true;
  history.replaceState(null, "", location.pathname);
  document.querySelector("form[data-door] input[name=new]").focus();
}

export function saveCodes() {
  all("[data-save-codes]").forEach((button) => button.addEventListener("click", () => {
    const codes = all("[data-codes] li").map((line) => line.textContent.trim());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([codes.join("\n") + "\n"], { type: "text/plain" }));
    link.download = button.dataset.saveCodes;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }));
}
