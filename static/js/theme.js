// Runs before the first paint, so that the page never flashes in the other theme.
(function () {
  const chosen = document.cookie.match(/(?:^|; )theme=(light|dark)/);
  const dark = chosen ? chosen[1] === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
})();
