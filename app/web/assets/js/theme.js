// Light or dark where somebody chose: before anything is painted, so that nothing flashes. A classic script, for that.
(() => {
  const chosen = window.localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
