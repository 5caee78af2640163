// Light or dark, kept in this browser alone.

import { radios } from "./settings.js";

const KEY = "theme";

export function startLook(element) {
  const chosen = window.localStorage.getItem(KEY) ?? "system";
  element.append(radios("Appearance", [["system", "As my system", ""], ["light", "Light", ""], ["dark", "Dark", ""]], chosen, choose));
}

function choose(value) {
  if (value === "system") {
    window.localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    window.localStorage.setItem(KEY, value);
    document.documentElement.dataset.theme = value;
  }
}
