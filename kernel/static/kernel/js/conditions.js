// Questions that are asked only after a certain answer: they come and go with it. Without script all stand there, each with its condition in words.
import { all } from "./say.js";

export function startConditions() {
  all("[data-conditions]").forEach((form) => {
    const asked = all("[data-shown-by]", form).map((box) => ({ box, by: box.dataset.shownBy, answers: JSON.parse(box.dataset.shownFor) }));
    const given = (name) => all(`[name="${name}"]`, form).filter((field) => !field.closest("[data-shown-by][hidden]")
      && (field.matches("select") || field.checked)).map(({ value }) => value);
    const show = () => asked.forEach(({ box, by, answers }) => { box.hidden = !given(by).some((answer) => answers.includes(answer)); });
    all(".yl-condition", form).forEach((line) => { line.hidden = true; });
    form.addEventListener("input", show);
    form.addEventListener("change", show);
    show();
  });
}
