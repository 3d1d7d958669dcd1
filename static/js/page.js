// Theme switch, command palette and "choose all": the little that moves on every page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
    document.dispatchEvent(new Event("theme-changed"));
  }
  if (event.target.closest("[data-opens]")) openPalette();
  if (event.target.matches("dialog")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInPalette(event);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-selects]")) return;
  for (const box of document.querySelectorAll(`input[name="${event.target.dataset.selects}"]`)) {
    box.checked = event.target.checked;
  }
});

function openPalette() {
  const palette = document.getElementById("palette");
  if (!palette || palette.open) return;
  palette.showModal();
  const field = document.getElementById("palette-search");
  field.focus();
  field.select();
  field.dispatchEvent(new Event("palette-open"));
}

function moveInPalette(event) {
  const palette = document.getElementById("palette");
  if (!palette || !palette.open) return;
  const stops = [document.getElementById("palette-search"), ...palette.querySelectorAll("a")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  event.preventDefault();
  stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
}
