// Moves columns up and down in their list, and writes those chosen as one parameter: columns=kind,unit.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-moves]");
  if (!button) return;
  const item = button.closest("li");
  const other = button.dataset.moves === "1" ? item.nextElementSibling : item.previousElementSibling;
  if (!other || !other.querySelector("[name=columns]")) return;
  item.parentNode.insertBefore(button.dataset.moves === "1" ? other : item, button.dataset.moves === "1" ? item : other);
  button.focus();
});

document.getElementById("filters").addEventListener("formdata", (event) => {
  const chosen = event.formData.getAll("columns");
  event.formData.delete("columns");
  const usual = event.target.querySelector("[data-usual-columns]").dataset.usualColumns;
  if (chosen.join(",") !== usual) event.formData.set("columns", chosen.join(",") || "name");
  for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
});
