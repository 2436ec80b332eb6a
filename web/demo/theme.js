/** The button that changes between light and dark; until it is pressed the system's choice holds. @param {HTMLElement} button */
export function followTheme(button) {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const kept = storage()?.getItem('theme');
  if (kept) root.dataset.theme = kept;
  const isDark = () => (root.dataset.theme ?? (dark.matches ? 'dark' : 'light')) === 'dark';
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    storage()?.setItem('theme', root.dataset.theme);
    dispatchEvent(new Event('themechange')); // for what is drawn on a canvas
  });
  dark.addEventListener('change', () => dispatchEvent(new Event('themechange')));
}

/** Null where the browser keeps nothing for a page. */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
