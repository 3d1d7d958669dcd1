// One-letter keys of a panel: they work only while the focus is inside it and no text is being written.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !event.target.closest("[data-keys]")) return;
  if (event.target.matches("input, textarea, select")) return;
  const button = event.target.closest("[data-keys]").querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
